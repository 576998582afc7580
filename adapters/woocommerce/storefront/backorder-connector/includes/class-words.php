<?php
/**
 * Sentences for shoppers.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Everything here gives plain text; safe() makes it fit to stand in a page.
 */
class Words {

	/**
	 * Whose texts are shipped, by language.
	 */
	const SHIPPED = array(
		'de' => 'de_DE',
		'es' => 'es_ES',
		'fr' => 'fr_FR',
		'it' => 'it_IT',
		'nl' => 'nl_NL',
	);

	/**
	 * Has our texts read at all times, and German ones for Austrians too.
	 */
	public static function register() {
		add_action( 'init', array( __CLASS__, 'load' ) );
		add_filter( 'load_textdomain_mofile', array( __CLASS__, 'nearest' ), 10, 2 );
	}

	/**
	 * Tells WordPress where the texts are.
	 */
	public static function load() {
		load_plugin_textdomain( 'backorder-connector', false, dirname( plugin_basename( FILE ) ) . '/languages' );
	}

	/**
	 * The file of the same language, where there is none for the very country.
	 *
	 * @param string $file   Where WordPress would look.
	 * @param string $domain Whose texts.
	 * @return string
	 */
	public static function nearest( $file, $domain ) {
		if ( 'backorder-connector' !== $domain || is_readable( $file ) || is_readable( preg_replace( '/\.mo\z/', '.l10n.php', $file ) ) ) {
			return $file;
		}
		$language = preg_match( '/backorder-connector-([a-z]{2,3})(?:_[A-Za-z0-9_]+)?\.mo\z/', $file, $found ) ? $found[1] : '';
		return isset( self::SHIPPED[ $language ] ) ? dirname( FILE ) . '/languages/backorder-connector-' . self::SHIPPED[ $language ] . '.mo' : $file;
	}

	/**
	 * The language of the page, as the service reads it: de-DE.
	 *
	 * @return string
	 */
	public static function language() {
		return preg_match( '/\A([a-z]{2,3})(?:_([A-Z]{2}))?/', determine_locale(), $found ) ? $found[1] . ( isset( $found[2] ) ? '-' . $found[2] : '' ) : 'en';
	}

	/**
	 * What stands beside a product; empty where WooCommerce's own words say all there is.
	 *
	 * @param Promise $promise What is said of it.
	 * @return string
	 */
	public static function beside( Promise $promise ) {
		if ( '' !== $promise->message && 'service' === Options::get( 'words' ) ) {
			return self::with_day( $promise->message, $promise->expected );
		}
		return Promise::BACKORDER === $promise->status ? self::on_backorder( $promise->expected ) : '';
	}

	/**
	 * The shop's words, with the day where they lack it: search engines ask that the page says the day that the data say.
	 *
	 * @param string   $message  The shop's words.
	 * @param Expected $expected The day.
	 * @return string
	 */
	private static function with_day( $message, Expected $expected ) {
		if ( ! $expected->is_known() || preg_match( '/(?<!\d)0?' . (int) substr( $expected->until, 8 ) . '(?!\d)/', $message ) ) {
			return $message;
		}
		return $message . ' (' . self::expected( $expected ) . ')';
	}

	/**
	 * Our own sentence.
	 *
	 * @param Expected $expected When it is expected.
	 * @return string
	 */
	public static function on_backorder( Expected $expected ) {
		if ( ! $expected->is_known() ) {
			return __( 'Available on backorder; there is no date yet', 'backorder-connector' );
		}
		/* translators: %s: "expected December 24, 2026". */
		return sprintf( __( 'Available on backorder: %s', 'backorder-connector' ), self::expected( $expected ) );
	}

	/**
	 * When it is expected.
	 *
	 * @param Expected $expected A day or a range; not nothing.
	 * @return string
	 */
	public static function expected( Expected $expected ) {
		if ( $expected->is_range() ) {
			/* translators: 1: the first day, 2: the last day. */
			return sprintf( __( 'expected between %1$s and %2$s', 'backorder-connector' ), self::day( $expected->from ), self::day( $expected->until ) );
		}
		/* translators: %s: a day. */
		return sprintf( __( 'expected %s', 'backorder-connector' ), self::day( $expected->until ) );
	}

	/**
	 * What is said of one line of a cart.
	 *
	 * @param int      $now      Units that are there.
	 * @param int      $later    Units that are not; more than none.
	 * @param Expected $expected When those are expected.
	 * @return string
	 */
	public static function split( $now, $later, Expected $expected ) {
		if ( $now <= 0 ) {
			return self::on_backorder( $expected );
		}
		$units = array( number_format_i18n( $now ), number_format_i18n( $later ) );
		if ( ! $expected->is_known() ) {
			/* translators: 1: units that are there, 2: units that come later. */
			return vsprintf( __( '%1$s now, %2$s later', 'backorder-connector' ), $units );
		}
		$units[] = self::expected( $expected );
		/* translators: 1: units that are there, 2: units that come later, 3: "expected December 24, 2026". */
		return vsprintf( __( '%1$s now, %2$s later (%3$s)', 'backorder-connector' ), $units );
	}

	/**
	 * A day as the shop writes days.
	 *
	 * @param string $day As YYYY-MM-DD.
	 * @return string
	 */
	public static function day( $day ) {
		$utc = new \DateTimeZone( 'UTC' );
		return wp_date( get_option( 'date_format', 'F j, Y' ), ( new \DateTimeImmutable( $day, $utc ) )->getTimestamp(), $utc );
	}

	/**
	 * Text that may stand in a page, between tags.
	 *
	 * Quotes stay as they are: the same text also goes to scripts, which show it letter by letter.
	 *
	 * @param string $text Plain text.
	 * @return string
	 */
	public static function safe( $text ) {
		return str_replace( array( '&#039;', '&quot;' ), array( "'", '"' ), esc_html( $text ) );
	}
}
