<?php
/**
 * The form for those who want to hear when something is back.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Stands on the page of a product that cannot be bought now.  It is sent to the service, not to this site: no address
 * is kept here.  It works without a script.
 */
class Restock_Form {

	/**
	 * Hooks in.
	 */
	public static function register() {
		add_action( 'woocommerce_single_product_summary', array( __CLASS__, 'show' ), 31 );
		add_shortcode( 'backorder_restock', array( __CLASS__, 'shortcode' ) );
	}

	/**
	 * Under the price of the page's product.
	 */
	public static function show() {
		global $product;
		if ( $product instanceof \WC_Product ) {
			echo self::html( $product ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped where it is made.
		}
	}

	/**
	 * Where a theme of blocks leaves the form out: [backorder_restock].
	 *
	 * @return string
	 */
	public static function shortcode() {
		$product = wc_get_product();
		return $product ? self::html( $product ) : '';
	}

	/**
	 * What of a product is sold out: names by id.
	 *
	 * @param \WC_Product $product The product.
	 * @return array<int, string>
	 */
	private static function sold_out( $product ) {
		if ( ! $product->is_type( 'variable' ) ) {
			return $product->is_in_stock() ? array() : array( $product->get_id() => $product->get_name() );
		}
		$found = array();
		foreach ( $product->get_children() as $id ) {
			$variation = wc_get_product( $id );
			if ( $variation && ! $variation->is_in_stock() ) {
				$found[ $id ] = wc_get_formatted_variation( $variation, true, false, false );
			}
		}
		return $found;
	}

	/**
	 * The form; empty where everything can be bought, or the service is not named.
	 *
	 * @param \WC_Product $product The product.
	 * @return string
	 */
	public static function html( $product ) {
		$address = Options::public_address( 'restock' );
		$choices = Options::is_on( 'form' ) && '' !== $address ? self::sold_out( $product ) : array();
		if ( ! $choices ) {
			return '';
		}
		wp_enqueue_style( 'backorder-connector' );
		wp_enqueue_script( 'backorder-connector' );
		$id   = 'backorder-connector-' . $product->get_id();
		$thanks = __( 'Thank you. Please confirm with the link that we send you.', 'backorder-connector' );
		// Where a form that was sent without a script comes back to.
		$html  = '<p id="backorder-asked" class="backorder-connector-asked" tabindex="-1">' . esc_html( $thanks ) . '</p>';
		$html .= '<form class="backorder-connector-restock" method="post" action="' . esc_url( $address ) . '"'
			. ' data-thanks="' . esc_attr( $thanks ) . '">'
			. '<p class="backorder-connector-title">' . esc_html__( 'Sold out: shall we tell you when it is back?', 'backorder-connector' ) . '</p>';
		$html .= self::choice( $choices, $id );
		$html .= self::field( $id . '-email', 'email', 'email', __( 'E-mail address', 'backorder-connector' ), 'autocomplete="email" maxlength="254"' . ( Options::is_on( 'phone' ) ? '' : ' required' ) );
		if ( Options::is_on( 'phone' ) ) {
			$html .= self::field( $id . '-phone', 'phone', 'tel', __( 'or mobile number', 'backorder-connector' ), 'autocomplete="tel" maxlength="32"' );
		}
		$html .= self::field( $id . '-units', 'units', 'number', __( 'How many?', 'backorder-connector' ), 'value="1" min="1" max="10000" inputmode="numeric" required' );
		// The sentence that is agreed to, as it was read: the proof of consent.
		$consent = __( 'Yes, send me one message when this product is back. I can take this back at any time.', 'backorder-connector' );
		$html   .= self::hidden( 'consent_text', $consent );
		$html .= self::hidden( 'lang', Words::language() ) . self::hidden( 'page', (string) $product->get_permalink() );
		// People do not see this one; programs that fill in everything do.
		$html .= '<p class="backorder-connector-trap" aria-hidden="true"><label for="' . esc_attr( $id ) . '-website">Website</label>'
			. '<input id="' . esc_attr( $id ) . '-website" name="website" type="text" tabindex="-1" autocomplete="off"></p>';
		$html .= '<p><label><input type="checkbox" name="consent" value="yes" required> '
			. esc_html( $consent ) . '</label></p>'
			. '<p><button type="submit" class="button">' . esc_html__( 'Tell me', 'backorder-connector' ) . '</button></p>'
			. '<p class="backorder-connector-said" role="status" hidden></p></form>';
		return $html;
	}

	/**
	 * Which variation; nothing to choose where there is one only.
	 *
	 * @param array<int, string> $choices Names by id.
	 * @param string             $id      Of the form.
	 * @return string
	 */
	private static function choice( array $choices, $id ) {
		if ( 1 === count( $choices ) ) {
			return self::hidden( 'variant', (string) key( $choices ) );
		}
		$html = '<p><label for="' . esc_attr( $id ) . '-variant">' . esc_html__( 'Which one?', 'backorder-connector' ) . '</label>'
			. '<select id="' . esc_attr( $id ) . '-variant" name="variant">';
		foreach ( $choices as $variant => $name ) {
			$html .= '<option value="' . esc_attr( (string) $variant ) . '">' . esc_html( wp_strip_all_tags( $name ) ) . '</option>';
		}
		return $html . '</select></p>';
	}

	/**
	 * One field with its label.
	 *
	 * @param string $id    Its id.
	 * @param string $name  Its name.
	 * @param string $type  Its type.
	 * @param string $label What is asked.
	 * @param string $more  Other attributes, written in this file.
	 * @return string
	 */
	private static function field( $id, $name, $type, $label, $more ) {
		return '<p><label for="' . esc_attr( $id ) . '">' . esc_html( $label ) . '</label>'
			. '<input id="' . esc_attr( $id ) . '" name="' . esc_attr( $name ) . '" type="' . esc_attr( $type ) . '" ' . $more . '></p>';
	}

	/**
	 * A field nobody sees.
	 *
	 * @param string $name  Its name.
	 * @param string $value Its value.
	 * @return string
	 */
	private static function hidden( $name, $value ) {
		return '<input type="hidden" name="' . esc_attr( $name ) . '" value="' . esc_attr( $value ) . '">';
	}
}
