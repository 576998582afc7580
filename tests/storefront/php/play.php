<?php
/**
 * Plays one case and prints what came of it as JSON: everything through the hooks that WordPress would call.
 */

error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $said, $file, $line ) {
		throw new ErrorException( $said, 0, $level, $file, $line );
	}
);
define( 'PLUGIN', $argv[1] );
$GLOBALS['played'] = json_decode( stream_get_contents( STDIN ), true, 512, JSON_THROW_ON_ERROR ) + array( 'options' => array(), 'products' => array() );
require __DIR__ . '/wordpress.php';
require PLUGIN . '/backorder-connector.php';
do_action( 'woocommerce_loaded' );
do_action( 'woocommerce_blocks_loaded' );

/** What was printed meanwhile. */
function printed( $call ) {
	ob_start();
	$call();
	return ob_get_clean();
}

/** A product's page; WooCommerce's own words and offer are what it hands to the filters. */
function page_of( $product ) {
	$GLOBALS['product'] = $product;
	do_action( 'woocommerce_before_single_product' );
	$words  = $product->is_in_stock() ? ( $product->is_on_backorder( 1 ) ? 'Available on backorder' : '' ) : 'Out of stock';
	$schema = $product->is_in_stock() ? ( $product->is_on_backorder() ? 'BackOrder' : 'InStock' ) : 'OutOfStock';
	return array(
		'text'  => apply_filters( 'woocommerce_get_availability_text', $words, $product ),
		'offer' => apply_filters( 'woocommerce_structured_data_product_offer', array( '@type' => 'Offer', 'availability' => 'https://schema.org/' . $schema ), $product ),
		'form'  => printed( static function () { do_action( 'woocommerce_single_product_summary' ); } ),
	);
}

/** A line of the cart, as both kinds of cart show it, and the line of the order that is made of it. */
function line_of( $key, $line ) {
	$item = new WC_Order_Item_Product( array( 'id' => 1 ) );
	$api  = $GLOBALS['outcomes']['store_api'];
	do_action( 'woocommerce_checkout_create_order_line_item', $item, $key, $line, null );
	return array(
		'data'    => apply_filters( 'woocommerce_get_item_data', array(), $line ),
		'notice'  => apply_filters( 'woocommerce_cart_item_backorder_notification', 'Available on backorder', $line['product_id'] ),
		'api'     => call_user_func( $api['data_callback'], $line ),
		'schema'  => array_keys( call_user_func( $api['schema_callback'] ) ),
		'promise' => json_decode( $item->get_meta( '_backorder_promise' ), true ),
	);
}

/** The lines of an order on a page and in the plain part of a mail. */
function order_of( $played ) {
	$shown = array();
	foreach ( $played['lines'] as $one ) {
		$item  = new WC_Order_Item_Product( $one );
		$order = new WC_Order( $played );
		foreach ( array( 'page' => false, 'mail' => true ) as $where => $plain ) {
			$shown[ $one['id'] ][ $where ] = printed( static function () use ( $item, $order, $plain ) { do_action( 'woocommerce_order_item_meta_end', $item->get_id(), $item, $order, $plain ); } );
		}
		$shown[ $one['id'] ]['admin'] = printed( static function () use ( $item ) { do_action( 'woocommerce_after_order_itemmeta', $item->get_id(), $item, null ); } );
	}
	return $shown;
}

$played = $GLOBALS['played'];
$out    = array();
foreach ( $played['products'] as $one ) {
	$out['pages'][ $one['id'] ] = page_of( wc_get_product( $one['id'] ) );
}
foreach ( WC()->cart->get_cart() as $key => $line ) {
	$out['cart'][] = line_of( (string) $key, $line );
}
if ( isset( $played['order'] ) ) {
	$out['order'] = order_of( $played['order'] );
}
if ( isset( $played['typed'] ) ) {
	$out['kept'] = \BackorderConnector\Options::clean( $played['typed'] );
}
if ( isset( $played['rights'] ) ) {
	try {
		$out['settings'] = printed( array( '\BackorderConnector\Settings_Page', 'show' ) );
	} catch ( RuntimeException $error ) {
		ob_end_clean();
		$out['settings'] = 'refused';
	}
}
if ( isset( $played['privacy'] ) ) {
	foreach ( array( 'export' => 'exporters', 'erase' => 'erasers' ) as $what => $filter ) {
		$offered                = apply_filters( 'wp_privacy_personal_data_' . $filter, array( 'theirs' => array() ) );
		$out['privacy'][ $what ] = call_user_func( $offered['backorder-connector']['callback'], $played['privacy'], 1 );
		$out['offered'][ $what ] = array_keys( $offered );
	}
}
$out['statuses'] = apply_filters( 'wc_order_statuses', array( 'wc-pending' => 'Pending', 'wc-processing' => 'Processing', 'wc-completed' => 'Completed' ) );
$out['post']     = array_keys( apply_filters( 'woocommerce_register_shop_order_post_statuses', array() ) );
$out['requests'] = $GLOBALS['requests'];
$out['errors']   = $GLOBALS['errors'];
echo json_encode( $out, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE );
