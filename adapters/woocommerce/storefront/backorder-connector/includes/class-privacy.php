<?php
/**
 * What WordPress's privacy tools ask (Tools > Export / Erase Personal Data), passed on to the service.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Signed with the secret of the webhooks that this shop sends to the service, which both know already.
 */
class Privacy {

	const NAME    = 'backorder-connector';
	const PATIENT = 20; // Seconds; an administrator waits, no shopper.
	const LARGEST = 2000000;
	const LISTED  = 100; // Webhooks that are looked through for ours.

	/**
	 * Offers help to both tools.
	 */
	public static function register() {
		add_filter( 'wp_privacy_personal_data_exporters', array( __CLASS__, 'exporters' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( __CLASS__, 'erasers' ) );
	}

	/**
	 * Adds ours to those that export.
	 *
	 * @param array $all As they are.
	 * @return array
	 */
	public static function exporters( $all ) {
		$all               = is_array( $all ) ? $all : array();
		$all[ self::NAME ] = array(
			'exporter_friendly_name' => __( 'Backorders', 'backorder-connector' ),
			'callback'               => array( __CLASS__, 'export' ),
		);
		return $all;
	}

	/**
	 * Adds ours to those that erase.
	 *
	 * @param array $all As they are.
	 * @return array
	 */
	public static function erasers( $all ) {
		$all               = is_array( $all ) ? $all : array();
		$all[ self::NAME ] = array(
			'eraser_friendly_name' => __( 'Backorders', 'backorder-connector' ),
			'callback'             => array( __CLASS__, 'erase' ),
		);
		return $all;
	}

	/**
	 * Everything that the service holds of an address: all of it on the first page.
	 *
	 * @param string $email The address.
	 * @param int    $page  From 1.
	 * @return array
	 */
	public static function export( $email, $page = 1 ) {
		$said = 1 === (int) $page ? self::ask( 'export', $email ) : array();
		$data = array();
		if ( null === $said ) {
			$data[] = self::item( 'answer', array( __( 'Not exported', 'backorder-connector' ) => self::away() ) );
		} else {
			foreach ( array( 'orders', 'restock', 'deliveries' ) as $kind ) {
				$held = isset( $said[ $kind ] ) && is_array( $said[ $kind ] ) ? array_values( $said[ $kind ] ) : array();
				foreach ( $held as $number => $one ) {
					$data[] = self::item( $kind . '-' . $number, is_array( $one ) ? $one : array() );
				}
			}
		}
		return array(
			'data' => $data,
			'done' => true,
		);
	}

	/**
	 * Has the service erase what it holds of an address.
	 *
	 * @param string $email The address.
	 * @param int    $page  From 1.
	 * @return array
	 */
	public static function erase( $email, $page = 1 ) {
		$said = 1 === (int) $page ? self::ask( 'erase', $email ) : array();
		$kept = null === $said;
		return array(
			'items_removed'  => ! $kept,
			'items_retained' => $kept,
			'messages'       => $kept ? array( self::away() ) : array(),
			'done'           => true,
		);
	}

	/**
	 * One question.
	 *
	 * @param string $what  "export" or "erase".
	 * @param string $email The address.
	 * @return array|null What the service says; null where it could not be asked.
	 */
	private static function ask( $what, $email ) {
		$address = Options::public_address( 'privacy' );
		$secret  = self::secret();
		if ( '' === $address || '' === $secret ) {
			return null;
		}
		$body   = wp_json_encode(
			array(
				'privacy' => $what,
				'email'   => (string) $email,
				'at'      => time(),
			)
		);
		$answer = wp_remote_post(
			$address,
			array(
				'timeout'             => self::PATIENT,
				'redirection'         => 0,
				'limit_response_size' => self::LARGEST,
				'body'                => $body,
				'headers'             => array(
					'Content-Type'           => 'application/json',
					'X-WC-Webhook-Signature' => base64_encode( hash_hmac( 'sha256', $body, $secret, true ) ),
				),
			)
		);
		if ( is_wp_error( $answer ) || 200 !== (int) wp_remote_retrieve_response_code( $answer ) ) {
			return null;
		}
		$said = json_decode( wp_remote_retrieve_body( $answer ), true );
		return is_array( $said ) ? $said : null;
	}

	/**
	 * The secret of one of our webhooks; empty while there is none.
	 *
	 * @return string
	 */
	private static function secret() {
		$ours = Options::webhook_address();
		if ( '' === $ours || ! function_exists( 'wc_get_webhook' ) ) {
			return '';
		}
		$ids = \WC_Data_Store::load( 'webhook' )->search_webhooks(
			array(
				'status' => 'active',
				'limit'  => self::LISTED,
			)
		);
		foreach ( $ids as $id ) {
			$webhook = wc_get_webhook( $id );
			if ( $webhook && untrailingslashit( $webhook->get_delivery_url() ) === $ours ) {
				return (string) $webhook->get_secret();
			}
		}
		return '';
	}

	/**
	 * One item as WordPress's export has it: every value that is none of its own is written as JSON.
	 *
	 * @param string $id  Of the item.
	 * @param array  $one Names and values.
	 * @return array
	 */
	private static function item( $id, array $one ) {
		$rows = array();
		foreach ( $one as $name => $value ) {
			if ( null === $value || '' === $value || array() === $value ) {
				continue;
			}
			$rows[] = array(
				'name'  => (string) $name,
				'value' => is_scalar( $value ) ? (string) $value : wp_json_encode( $value ),
			);
		}
		return array(
			'group_id'    => self::NAME,
			'group_label' => __( 'Backorders', 'backorder-connector' ),
			'item_id'     => self::NAME . '-' . $id,
			'data'        => $rows,
		);
	}

	/**
	 * What is said where the service could not be asked.
	 *
	 * @return string
	 */
	private static function away() {
		return __( 'The backorder service could not be asked. Please ask whoever runs it to do this by hand.', 'backorder-connector' );
	}
}
