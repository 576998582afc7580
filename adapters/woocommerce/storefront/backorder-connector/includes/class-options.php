<?php
/**
 * What the shop's owner chose.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * The one option of this plugin, read with its defaults and cleaned before it is kept.
 */
class Options {

	const NAME     = 'backorder_connector';
	const DEFAULTS = array(
		'address' => '',
		'store'   => '',
		'live'    => 'no',
		'words'   => 'service',
		'form'    => 'yes',
		'phone'   => 'no',
	);

	/**
	 * One choice.
	 *
	 * @param string $key One of DEFAULTS.
	 * @return string
	 */
	public static function get( $key ) {
		$kept = get_option( self::NAME, array() );
		return is_array( $kept ) && isset( $kept[ $key ] ) && is_string( $kept[ $key ] ) ? $kept[ $key ] : self::DEFAULTS[ $key ];
	}

	/**
	 * Whether a switch is on.
	 *
	 * @param string $key One of DEFAULTS.
	 * @return bool
	 */
	public static function is_on( $key ) {
		return 'yes' === self::get( $key );
	}

	/**
	 * An address of the service's public answers for this store; empty while the service is not named.
	 *
	 * @param string $path What follows the store's key.
	 * @return string
	 */
	public static function public_address( $path ) {
		$address = self::get( 'address' );
		$store   = self::get( 'store' );
		return '' === $address || '' === $store ? '' : $address . '/storefront/v1/' . rawurlencode( $store ) . '/' . $path;
	}

	/**
	 * Where this shop's webhooks are delivered; empty while the service is not named.
	 *
	 * @return string
	 */
	public static function webhook_address() {
		$address = self::get( 'address' );
		$store   = self::get( 'store' );
		return '' === $address || '' === $store ? '' : $address . '/webhooks/woocommerce/' . rawurlencode( $store );
	}

	/**
	 * What may be kept of what was typed; whatever is wrong is said and stays as it was.
	 *
	 * @param mixed $typed The form's fields.
	 * @return array<string, string>
	 */
	public static function clean( $typed ) {
		$typed = is_array( $typed ) ? $typed : array();
		$kept  = array();
		foreach ( self::DEFAULTS as $key => $default ) {
			$kept[ $key ] = self::get( $key );
		}
		$address = isset( $typed['address'] ) && is_string( $typed['address'] ) ? untrailingslashit( trim( $typed['address'] ) ) : '';
		if ( '' === $address || self::is_good_address( $address ) ) {
			$kept['address'] = $address;
		} else {
			add_settings_error( self::NAME, 'address', __( 'The address of the service must begin with https:// and have nothing behind its path.', 'backorder-connector' ) );
		}
		$store = isset( $typed['store'] ) && is_string( $typed['store'] ) ? trim( $typed['store'] ) : '';
		if ( '' === $store || preg_match( '/\A[a-z0-9_-]{1,64}\z/', $store ) ) {
			$kept['store'] = $store;
		} else {
			add_settings_error( self::NAME, 'store', __( 'The key of the store holds only a-z, 0-9, - and _.', 'backorder-connector' ) );
		}
		foreach ( array( 'live', 'form', 'phone' ) as $switch ) {
			$kept[ $switch ] = isset( $typed[ $switch ] ) && 'yes' === $typed[ $switch ] ? 'yes' : 'no';
		}
		$kept['words'] = isset( $typed['words'] ) && 'own' === $typed['words'] ? 'own' : 'service';
		return $kept;
	}

	/**
	 * Plain http is for a service on this machine only: addresses of shoppers are sent there.
	 *
	 * @param string $address Without a slash at its end.
	 * @return bool
	 */
	private static function is_good_address( $address ) {
		$parts = wp_parse_url( $address );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['query'] ) || isset( $parts['fragment'] ) ) {
			return false;
		}
		$scheme = isset( $parts['scheme'] ) ? $parts['scheme'] : '';
		$here   = in_array( $parts['host'], array( 'localhost', '127.0.0.1', '[::1]' ), true );
		return ( 'https' === $scheme || ( 'http' === $scheme && $here ) ) && ! preg_match( '/[\s<>"\']/', $address );
	}
}
