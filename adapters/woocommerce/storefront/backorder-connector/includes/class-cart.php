<?php
/**
 * The cart and the checkout, classic and of blocks.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Says of each line what is there now and what comes later, and writes on the order what was said.
 */
class Cart {

	const PROMISE = '_backorder_promise';
	const LONGEST = 1000;

	/**
	 * Hooks in.  Both the classic templates and the blocks (through the Store API) show what stands in the item's data,
	 * and both make the lines of an order by the same action.
	 */
	public static function register() {
		add_filter( 'woocommerce_get_item_data', array( __CLASS__, 'item_data' ), 20, 2 );
		add_filter( 'woocommerce_cart_item_backorder_notification', array( __CLASS__, 'not_twice' ), 20, 2 );
		add_action( 'woocommerce_checkout_create_order_line_item', array( __CLASS__, 'remember' ), 20, 3 );
		add_action( 'woocommerce_blocks_loaded', array( __CLASS__, 'extend_store_api' ) );
	}

	/**
	 * One line of a cart: units now, units later, and when; null where all of it is there.
	 *
	 * @param array<string, mixed> $line The line, with `key`, `data` and `quantity`.
	 * @return array{now: int, later: int, expected: Expected, text: string}|null
	 */
	public static function split( array $line ) {
		$key   = isset( $line['key'] ) ? (string) $line['key'] : '';
		$lines = function_exists( 'WC' ) && WC()->cart ? WC()->cart->get_cart() : array();
		if ( ! isset( $lines[ $key ] ) ) {
			$lines = array( $key => $line );
		}
		$split = Split::of( $lines );
		if ( ! isset( $split[ $key ] ) || $split[ $key ][1] <= 0 ) {
			return null;
		}
		$expected = Promise::of( $line['data'] )->expected;
		return array(
			'now'      => $split[ $key ][0],
			'later'    => $split[ $key ][1],
			'expected' => $expected,
			'text'     => Words::split( $split[ $key ][0], $split[ $key ][1], $expected ),
		);
	}

	/**
	 * What the cart shows under the name of a line.
	 *
	 * @param array<int, array<string, string>> $data What is shown already.
	 * @param array<string, mixed>              $line The line.
	 * @return array<int, array<string, string>>
	 */
	public static function item_data( $data, $line ) {
		$split = is_array( $line ) ? self::split( $line ) : null;
		if ( null === $split || ! is_array( $data ) ) {
			return $data;
		}
		$text   = Words::safe( $split['text'] );
		$data[] = array(
			'key'     => Words::safe( __( 'Availability', 'backorder-connector' ) ),
			'value'   => $text,
			'display' => $text,
		);
		return $data;
	}

	/**
	 * WooCommerce's own "Available on backorder" is left out where ours says more.
	 *
	 * @param string $notification Its words.
	 * @param int    $product_id   The product; for a variation its parent.
	 * @return string
	 */
	public static function not_twice( $notification, $product_id ) {
		$lines = function_exists( 'WC' ) && WC()->cart ? WC()->cart->get_cart() : array();
		foreach ( $lines as $line ) {
			if ( isset( $line['product_id'] ) && (int) $line['product_id'] === (int) $product_id && null !== self::split( $line ) ) {
				return '';
			}
		}
		return $notification;
	}

	/**
	 * Writes on the line of the order what its buyer was shown: the promise, word for word.
	 *
	 * @param \WC_Order_Item_Product $item  The line of the order.
	 * @param string                 $key   The key of the cart's line.
	 * @param array<string, mixed>   $line  The cart's line.
	 */
	public static function remember( $item, $key, $line ) {
		$split = is_array( $line ) ? self::split( array( 'key' => $key ) + $line ) : null;
		if ( null !== $split ) {
			$item->update_meta_data( self::PROMISE, self::promise( $split['text'], $split['expected'], gmdate( 'Y-m-d\TH:i:s\Z' ) ) );
		}
	}

	/**
	 * A promise as the service reads it.
	 *
	 * @param string   $text     What was shown.
	 * @param Expected $expected The day in it.
	 * @param string   $at       When, ISO 8601 in UTC.
	 * @return string
	 */
	public static function promise( $text, Expected $expected, $at ) {
		return (string) wp_json_encode(
			array(
				'text'  => mb_substr( $text, 0, self::LONGEST - 400 ),
				'from'  => $expected->is_known() ? $expected->from : null,
				'until' => $expected->is_known() ? $expected->until : null,
				'at'    => $at,
				'where' => 'checkout',
			),
			JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
		);
	}

	/**
	 * The same for programs: `extensions.backorder-connector` of each item of the Store API's cart.
	 */
	public static function extend_store_api() {
		if ( ! function_exists( 'woocommerce_store_api_register_endpoint_data' ) ) {
			return;
		}
		woocommerce_store_api_register_endpoint_data(
			array(
				'endpoint'        => 'cart-item',
				'namespace'       => 'backorder-connector',
				'data_callback'   => array( __CLASS__, 'store_api_data' ),
				'schema_callback' => array( __CLASS__, 'store_api_schema' ),
				'schema_type'     => ARRAY_A,
			)
		);
	}

	/**
	 * The data of one item.
	 *
	 * @param array<string, mixed> $line The line.
	 * @return array<string, mixed>
	 */
	public static function store_api_data( $line ) {
		$split = is_array( $line ) ? self::split( $line ) : null;
		return array(
			'now'   => null === $split ? null : $split['now'],
			'later' => null === $split ? null : $split['later'],
			'from'  => null !== $split && $split['expected']->is_known() ? $split['expected']->from : null,
			'until' => null !== $split && $split['expected']->is_known() ? $split['expected']->until : null,
			'text'  => null === $split ? '' : $split['text'],
		);
	}

	/**
	 * What that data is.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	public static function store_api_schema() {
		$one = static function ( $what, $type ) {
			return array(
				'description' => $what,
				'type'        => $type,
				'context'     => array( 'view', 'edit' ),
				'readonly'    => true,
			);
		};
		return array(
			'now'   => $one( 'Units that are there; null where all of them are.', array( 'integer', 'null' ) ),
			'later' => $one( 'Units that come later; null where none do.', array( 'integer', 'null' ) ),
			'from'  => $one( 'The first day on which those are expected, YYYY-MM-DD.', array( 'string', 'null' ) ),
			'until' => $one( 'The last such day, which is the one that counts.', array( 'string', 'null' ) ),
			'text'  => $one( 'The same as a sentence; plain text.', 'string' ),
		);
	}
}
