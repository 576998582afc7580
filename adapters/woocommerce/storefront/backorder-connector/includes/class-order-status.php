<?php
/**
 * An order status of its own for orders that wait.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Registers `wc-backordered`.  Nobody is made to use it: the service sets it only where the owner asks for that.
 */
class Order_Status {

	const SLUG = 'wc-backordered';

	/**
	 * Hooks in.
	 */
	public static function register() {
		add_filter( 'woocommerce_register_shop_order_post_statuses', array( __CLASS__, 'add_post_status' ) );
		add_filter( 'wc_order_statuses', array( __CLASS__, 'add_to_list' ) );
		add_filter( 'woocommerce_order_is_paid_statuses', array( __CLASS__, 'add_plain' ) );
		add_filter( 'woocommerce_reports_order_statuses', array( __CLASS__, 'add_to_reports' ) );
		add_filter( 'bulk_actions-edit-shop_order', array( __CLASS__, 'add_bulk_action' ) );
		add_filter( 'bulk_actions-woocommerce_page_wc-orders', array( __CLASS__, 'add_bulk_action' ) );
	}

	/**
	 * As WordPress knows it.
	 *
	 * @param array<string, mixed> $statuses Those there are.
	 * @return array<string, mixed>
	 */
	public static function add_post_status( $statuses ) {
		$statuses[ self::SLUG ] = array(
			'label'                     => _x( 'Backordered', 'Order status', 'backorder-connector' ),
			'public'                    => false,
			'exclude_from_search'       => false,
			'show_in_admin_all_list'    => true,
			'show_in_admin_status_list' => true,
			/* translators: %s: number of orders. */
			'label_count'               => _n_noop( 'Backordered <span class="count">(%s)</span>', 'Backordered <span class="count">(%s)</span>', 'backorder-connector' ),
		);
		return $statuses;
	}

	/**
	 * In the list to choose from, after "processing".
	 *
	 * @param array<string, string> $statuses Those there are.
	 * @return array<string, string>
	 */
	public static function add_to_list( $statuses ) {
		$label  = _x( 'Backordered', 'Order status', 'backorder-connector' );
		$listed = array();
		foreach ( $statuses as $slug => $name ) {
			$listed[ $slug ] = $name;
			if ( 'wc-processing' === $slug ) {
				$listed[ self::SLUG ] = $label;
			}
		}
		return $listed + array( self::SLUG => $label );
	}

	/**
	 * An order that waits for goods is paid: its stock stays taken.
	 *
	 * @param string[] $statuses Without "wc-".
	 * @return string[]
	 */
	public static function add_plain( $statuses ) {
		$statuses[] = substr( self::SLUG, 3 );
		return $statuses;
	}

	/**
	 * Reports count it, where they count the ones in processing.
	 *
	 * @param mixed $statuses Without "wc-"; some reports give no list.
	 * @return mixed
	 */
	public static function add_to_reports( $statuses ) {
		return is_array( $statuses ) && in_array( 'processing', $statuses, true ) ? self::add_plain( $statuses ) : $statuses;
	}

	/**
	 * WooCommerce carries out whatever is called mark_ and a status.
	 *
	 * @param array<string, string> $actions Those there are.
	 * @return array<string, string>
	 */
	public static function add_bulk_action( $actions ) {
		$actions['mark_backordered'] = __( 'Change status to backordered', 'backorder-connector' );
		return $actions;
	}
}
