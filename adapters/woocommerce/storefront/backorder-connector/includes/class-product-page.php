<?php
/**
 * The page of a product: its availability, for people and for search engines.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Replaces WooCommerce's own words where ours know more.  Variations come the same way: their words stand in the page
 * beforehand, and WooCommerce's own script switches them.
 */
class Product_Page {

	/**
	 * Hooks in.
	 */
	public static function register() {
		add_filter( 'woocommerce_get_availability_text', array( __CLASS__, 'text' ), 20, 2 );
		add_filter( 'woocommerce_structured_data_product_offer', array( __CLASS__, 'structured' ), 20, 2 );
		add_action( 'woocommerce_before_single_product', array( __CLASS__, 'ask_once' ) );
		add_action( 'wp_enqueue_scripts', array( __CLASS__, 'style' ) );
	}

	/**
	 * The availability of a product.
	 *
	 * @param string      $text    WooCommerce's words; may be empty.
	 * @param \WC_Product $product A product or variation.
	 * @return string
	 */
	public static function text( $text, $product ) {
		if ( ! $product instanceof \WC_Product ) {
			return $text;
		}
		$ours = Words::beside( Promise::of( $product ) );
		return '' === $ours ? $text : Words::safe( $ours );
	}

	/**
	 * The same for search engines: the one day that counts, which is the last.
	 *
	 * @param array<string, mixed> $offer   schema.org's Offer or AggregateOffer.
	 * @param \WC_Product          $product The product of the page.
	 * @return array<string, mixed>
	 */
	public static function structured( $offer, $product ) {
		// An offer of many variations has many days, and there is no word for that.
		if ( ! is_array( $offer ) || ! $product instanceof \WC_Product || $product->is_type( 'variable' ) ) {
			return $offer;
		}
		$promise = Promise::of( $product );
		$known   = array(
			Promise::IN_STOCK  => 'https://schema.org/InStock',
			Promise::BACKORDER => 'https://schema.org/BackOrder',
			Promise::SOLD_OUT  => 'https://schema.org/OutOfStock',
		);
		$offer['availability'] = $known[ $promise->status ];
		unset( $offer['availabilityStarts'] );
		if ( $promise->expected->is_known() ) {
			$offer['availabilityStarts'] = $promise->expected->until;
		}
		return $offer;
	}

	/**
	 * Asks the service for all variations of the page in one request, where it is asked at all.
	 */
	public static function ask_once() {
		global $product;
		if ( $product instanceof \WC_Product ) {
			Service::ask( array_map( 'intval', array_merge( array( $product->get_id() ), $product->get_children() ) ) );
		}
	}

	/**
	 * A small style sheet, on the pages that show something of ours.
	 */
	public static function style() {
		wp_register_style( 'backorder-connector', plugins_url( 'assets/storefront.css', FILE ), array(), VERSION );
		wp_register_script( 'backorder-connector', plugins_url( 'assets/restock.js', FILE ), array(), VERSION, true );
		if ( function_exists( 'is_product' ) && is_product() ) {
			wp_enqueue_style( 'backorder-connector' );
		}
	}
}
