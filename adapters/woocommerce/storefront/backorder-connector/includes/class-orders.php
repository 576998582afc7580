<?php
/**
 * Orders, as their buyers see them: on pages and in mails.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Shows under each line what its buyer was told when ordering, and how it stands now.
 */
class Orders {

	const LINES = '_backorder_lines';

	/**
	 * Hooks in.
	 */
	public static function register() {
		add_action( 'woocommerce_order_item_meta_end', array( __CLASS__, 'under_line' ), 20, 4 );
		add_action( 'woocommerce_after_order_itemmeta', array( __CLASS__, 'under_line_in_admin' ), 20, 2 );
	}

	/**
	 * On the pages of an order and in its mails.
	 *
	 * @param int            $item_id    The line's id.
	 * @param \WC_Order_Item $item       The line.
	 * @param \WC_Order      $order      The order.
	 * @param bool           $plain_text Whether it is the plain part of a mail.
	 */
	public static function under_line( $item_id, $item, $order, $plain_text = false ) {
		foreach ( self::sentences( (string) $item_id, $item, $order ) as $sentence ) {
			if ( $plain_text ) {
				// Nothing reads tags there; what looks like one is taken out all the same.
				echo "\n" . wp_strip_all_tags( $sentence ); // phpcs:ignore WordPress.Security.EscapeOutput -- plain text of a mail.
			} else {
				echo '<p class="backorder-connector-line">' . esc_html( $sentence ) . '</p>';
			}
		}
	}

	/**
	 * On the order's page of the merchant.
	 *
	 * @param int            $item_id The line's id.
	 * @param \WC_Order_Item $item    The line.
	 */
	public static function under_line_in_admin( $item_id, $item ) {
		if ( $item instanceof \WC_Order_Item_Product ) {
			self::under_line( $item_id, $item, $item->get_order() );
		}
	}

	/**
	 * What there is to say of a line.
	 *
	 * @param string         $line  The line's id.
	 * @param \WC_Order_Item $item  The line.
	 * @param \WC_Order      $order The order.
	 * @return string[]
	 */
	public static function sentences( $line, $item, $order ) {
		$said     = array();
		$promised = json_decode( (string) $item->get_meta( Cart::PROMISE ), true );
		if ( is_array( $promised ) && isset( $promised['text'] ) && is_string( $promised['text'] ) && '' !== $promised['text'] ) {
			/* translators: %s: what was said of a line when it was ordered. */
			$said[] = sprintf( __( 'When you ordered: %s', 'backorder-connector' ), Promise::plain( $promised['text'] ) );
		}
		$now = self::standing( $line, $order );
		if ( null === $now ) {
			return $said;
		}
		list( $ready, $waiting, $until ) = $now;
		if ( $waiting > 0 ) {
			$expected = new Expected( '', $until, wp_date( 'Y-m-d' ) );
			$said[]   = $expected->is_known()
				/* translators: 1: units, 2: "expected December 24, 2026". */
				? sprintf( __( 'Still to come: %1$s, %2$s', 'backorder-connector' ), number_format_i18n( $waiting ), Words::expected( $expected ) )
				/* translators: %s: units. */
				: sprintf( __( 'Still to come: %s; there is no date yet', 'backorder-connector' ), number_format_i18n( $waiting ) );
		} elseif ( $ready > 0 ) {
			$said[] = __( 'Is here now', 'backorder-connector' );
		}
		return $said;
	}

	/**
	 * How a line stands, as the service wrote it on the order: units there, units waited for, and until when.
	 *
	 * @param string    $line  The line's id.
	 * @param \WC_Order $order The order.
	 * @return array{0: int, 1: int, 2: mixed}|null
	 */
	private static function standing( $line, $order ) {
		$lines = $order ? json_decode( (string) $order->get_meta( self::LINES ), true ) : null;
		foreach ( is_array( $lines ) ? $lines : array() as $one ) {
			if ( is_array( $one ) && isset( $one['line'], $one['ready'], $one['waiting'] ) && (string) $one['line'] === $line ) {
				return array( (int) $one['ready'], (int) $one['waiting'], isset( $one['expected_on'] ) ? $one['expected_on'] : '' );
			}
		}
		return null;
	}
}
