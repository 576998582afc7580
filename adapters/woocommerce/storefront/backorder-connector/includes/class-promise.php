<?php
/**
 * What the service wrote on a product.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * What is said of one product or variation.
 *
 * WooCommerce itself decides what can be bought; ours is believed only where it says the same.  Between a change of
 * stock and the next word of the service the two may differ, and a date for what is on the shelf would be nonsense.
 */
class Promise {

	const STATUS  = '_backorder_status';
	const UNTIL   = '_backorder_expected_on';
	const FROM    = '_backorder_expected_from';
	const MESSAGE = '_backorder_message';

	const IN_STOCK  = 'in_stock';
	const BACKORDER = 'backorder';
	const SOLD_OUT  = 'sold_out';

	const LONGEST = 300;

	/**
	 * What WooCommerce says: in_stock, backorder or sold_out.
	 *
	 * @var string
	 */
	public $status;

	/**
	 * When it is expected; known only where it is on backorder.
	 *
	 * @var Expected
	 */
	public $expected;

	/**
	 * The shop's words for it; plain text, may be empty.
	 *
	 * @var string
	 */
	public $message = '';

	/**
	 * Puts together what is said.
	 *
	 * @param string                   $status WooCommerce's own word.
	 * @param array<string, mixed>     $said   The service's: status, from, until, message.
	 * @param string                   $today  The shop's own day.
	 */
	public function __construct( $status, array $said, $today ) {
		$agrees         = isset( $said['status'] ) && $said['status'] === $status;
		$dated          = $agrees && self::BACKORDER === $status;
		$this->status   = $status;
		$this->expected = new Expected( $dated ? $said['from'] : '', $dated ? $said['until'] : '', $today );
		$stale          = $dated && Expected::is_day( $said['until'] ) && ! $this->expected->is_known();
		if ( $agrees && ! $stale && is_string( $said['message'] ) ) {
			$this->message = self::plain( $said['message'] );
		}
	}

	/**
	 * What is said of a product now.
	 *
	 * @param \WC_Product $product A product or variation.
	 * @return Promise
	 */
	public static function of( $product ) {
		$live = Service::said_of( $product );
		return new self( self::status_of( $product ), null === $live ? self::written_on( $product ) : $live, wp_date( 'Y-m-d' ) );
	}

	/**
	 * What the service wrote on a product.  A variation whose parent keeps the stock may bear nothing of its own.
	 *
	 * @param \WC_Product $product A product or variation.
	 * @return array<string, mixed>
	 */
	public static function written_on( $product ) {
		$bears = $product;
		if ( '' === (string) $product->get_meta( self::STATUS ) && $product->get_stock_managed_by_id() !== $product->get_id() ) {
			$parent = wc_get_product( $product->get_stock_managed_by_id() );
			$bears  = $parent ? $parent : $product;
		}
		return array(
			'status'  => $bears->get_meta( self::STATUS ),
			'from'    => $bears->get_meta( self::FROM ),
			'until'   => $bears->get_meta( self::UNTIL ),
			'message' => $bears->get_meta( self::MESSAGE ),
		);
	}

	/**
	 * What WooCommerce says of a product, in our words.
	 *
	 * @param \WC_Product $product A product or variation.
	 * @return string
	 */
	public static function status_of( $product ) {
		if ( ! $product->is_in_stock() ) {
			return self::SOLD_OUT;
		}
		return $product->is_on_backorder( 1 ) ? self::BACKORDER : self::IN_STOCK;
	}

	/**
	 * One line of plain text, whatever was written there.
	 *
	 * @param string $text Anything.
	 * @return string
	 */
	public static function plain( $text ) {
		$line = trim( preg_replace( '/[\s\x00-\x1F\x7F]+/u', ' ', wp_check_invalid_utf8( $text, true ) ) );
		return mb_strlen( $line ) > self::LONGEST ? mb_substr( $line, 0, self::LONGEST - 1 ) . '…' : $line;
	}
}
