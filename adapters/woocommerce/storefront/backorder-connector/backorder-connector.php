<?php
/**
 * Plugin Name:       Backorder Connector
 * Description:       Shows when backordered products are expected: on product pages, in the cart, on orders and in mails.
 * Version:           1.0.0
 * Requires at least: 6.5
 * Requires PHP:      7.4
 * Requires Plugins:  woocommerce
 * WC requires at least: 8.6
 * Text Domain:       backorder-connector
 * Domain Path:       /languages
 *
 * The dates come from the service, which writes them to the products; this plugin only shows what stands there.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

const VERSION = '1.0.0';
const FILE    = __FILE__;

require_once __DIR__ . '/includes/class-options.php';
require_once __DIR__ . '/includes/class-expected.php';
require_once __DIR__ . '/includes/class-promise.php';
require_once __DIR__ . '/includes/class-service.php';
require_once __DIR__ . '/includes/class-words.php';
require_once __DIR__ . '/includes/class-product-page.php';
require_once __DIR__ . '/includes/class-split.php';
require_once __DIR__ . '/includes/class-cart.php';
require_once __DIR__ . '/includes/class-orders.php';
require_once __DIR__ . '/includes/class-order-status.php';
require_once __DIR__ . '/includes/class-restock-form.php';
require_once __DIR__ . '/includes/class-privacy.php';
require_once __DIR__ . '/includes/class-settings-page.php';

/**
 * Registers everything; called once WooCommerce is there.
 */
function start() {
	Words::register();
	Product_Page::register();
	Cart::register();
	Orders::register();
	Order_Status::register();
	Restock_Form::register();
	Privacy::register();
	Settings_Page::register();
}

/**
 * Says that orders may be kept in tables of their own, and that the blocks of cart and checkout are known.
 */
function declare_what_is_known() {
	$features = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
	if ( class_exists( $features ) ) {
		$features::declare_compatibility( 'custom_order_tables', FILE, true );
		$features::declare_compatibility( 'cart_checkout_blocks', FILE, true );
	}
}

add_action( 'before_woocommerce_init', __NAMESPACE__ . '\declare_what_is_known' );
if ( did_action( 'woocommerce_loaded' ) ) {
	start();
} else {
	add_action( 'woocommerce_loaded', __NAMESPACE__ . '\start' );
}
