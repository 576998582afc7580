<?php
/**
 * Which units of a cart are there, and which come later.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Hands the stock to the lines of a cart, first come first served: two lines may draw from one stock.
 */
class Split {

	/**
	 * Units now and later, by the line's key.
	 *
	 * @param array<string, array<string, mixed>> $lines Lines of a cart, with `data` and `quantity`.
	 * @return array<string, array{0: int, 1: int}>
	 */
	public static function of( array $lines ) {
		$left  = array();
		$split = array();
		foreach ( $lines as $key => $line ) {
			$product = isset( $line['data'] ) ? $line['data'] : null;
			$units   = isset( $line['quantity'] ) ? (int) $line['quantity'] : 0;
			if ( ! $product instanceof \WC_Product || $units <= 0 ) {
				continue;
			}
			if ( ! $product->managing_stock() ) {
				$split[ $key ] = $product->is_on_backorder( $units ) ? array( 0, $units ) : array( $units, 0 );
				continue;
			}
			$stock = $product->get_stock_managed_by_id();
			if ( ! isset( $left[ $stock ] ) ) {
				$left[ $stock ] = max( 0, (int) $product->get_stock_quantity() );
			}
			$now             = min( $units, $left[ $stock ] );
			$left[ $stock ] -= $now;
			// What the shop does not sell beyond its stock is its own matter: it refuses, and says so.
			$split[ $key ] = $product->backorders_allowed() ? array( $now, $units - $now ) : array( $units, 0 );
		}
		return $split;
	}
}
