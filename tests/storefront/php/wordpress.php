<?php
/**
 * As much of WordPress and WooCommerce as the plugin touches, with their manners: what they escape, what they hand on.
 *
 * The case that is played comes as JSON on standard input and stands in $GLOBALS['played'].
 */

define( 'ABSPATH', __DIR__ );
define( 'ARRAY_A', 'ARRAY_A' );

$GLOBALS['hooks']      = array();
$GLOBALS['transients'] = array();
$GLOBALS['requests']   = array();
$GLOBALS['errors']     = array();
$GLOBALS['outcomes']   = array();
$GLOBALS['product']    = null;

function add_filter( $name, $call, $priority = 10, $arguments = 1 ) {
	$GLOBALS['hooks'][ $name ][ $priority ][] = array( $call, $arguments );
}
function add_action( $name, $call, $priority = 10, $arguments = 1 ) {
	add_filter( $name, $call, $priority, $arguments );
}
function apply_filters( $name, $value, ...$more ) {
	$hooks = isset( $GLOBALS['hooks'][ $name ] ) ? $GLOBALS['hooks'][ $name ] : array();
	ksort( $hooks );
	foreach ( $hooks as $calls ) {
		foreach ( $calls as $one ) {
			$value = call_user_func_array( $one[0], array_slice( array_merge( array( $value ), $more ), 0, $one[1] ) );
		}
	}
	return $value;
}
function do_action( $name, ...$more ) {
	apply_filters( $name, ...( $more ? $more : array( null ) ) );
}
function did_action( $name ) {
	return 0;
}
function add_shortcode( $name, $call ) {}

function esc_html( $text ) {
	return htmlspecialchars( (string) $text, ENT_QUOTES, 'UTF-8', false );
}
function esc_attr( $text ) {
	return esc_html( $text );
}
function esc_url( $text ) {
	return preg_match( '#\Ahttps?://#', $text ) ? str_replace( array( '&', "'" ), array( '&#038;', '&#039;' ), preg_replace( '/[\s<>"]/', '', $text ) ) : '';
}
function wp_strip_all_tags( $text ) {
	return trim( strip_tags( preg_replace( '@<(script|style)[^>]*?>.*?</\\1>@si', '', $text ) ) );
}
function wp_check_invalid_utf8( $text, $strip = false ) {
	return 1 === preg_match( '/^./us', $text ) || '' === $text ? $text : ( $strip ? mb_convert_encoding( $text, 'UTF-8', 'UTF-8' ) : '' );
}
function wp_json_encode( $value, $flags = 0 ) {
	return json_encode( $value, $flags );
}
function wp_parse_url( $address ) {
	return parse_url( $address );
}
function untrailingslashit( $text ) {
	return rtrim( $text, '/\\' );
}

function texts() {
	static $texts = null;
	if ( null === $texts ) {
		$file  = apply_filters( 'load_textdomain_mofile', PLUGIN . '/languages/backorder-connector-' . determine_locale() . '.mo', 'backorder-connector' );
		$file  = preg_replace( '/\.mo\z/', '.l10n.php', $file );
		$texts = is_readable( $file ) ? ( include $file )['messages'] : array();
	}
	return $texts;
}
function __( $text, $domain = '' ) {
	return isset( texts()[ $text ] ) ? texts()[ $text ] : $text;
}
function _x( $text, $context, $domain = '' ) {
	return isset( texts()[ $context . "\4" . $text ] ) ? texts()[ $context . "\4" . $text ] : $text;
}
function _n_noop( $one, $many, $domain = '' ) {
	return array( 'singular' => $one, 'plural' => $many, 'domain' => $domain );
}
function esc_html__( $text, $domain = '' ) {
	return esc_html( __( $text, $domain ) );
}
function esc_attr__( $text, $domain = '' ) {
	return esc_attr( __( $text, $domain ) );
}
function determine_locale() {
	return isset( $GLOBALS['played']['locale'] ) ? $GLOBALS['played']['locale'] : 'en_US';
}
function number_format_i18n( $number ) {
	return number_format( $number );
}
function wp_date( $format, $moment = null, $zone = null ) {
	$at = null === $moment ? new DateTimeImmutable( $GLOBALS['played']['today'] . 'T12:00:00Z' ) : ( new DateTimeImmutable( '@' . $moment ) )->setTimezone( $zone );
	return $at->format( $format );
}

function get_option( $name, $default = false ) {
	$options = $GLOBALS['played']['options'] + array( 'date_format' => 'F j, Y' );
	return isset( $options[ $name ] ) ? $options[ $name ] : $default;
}
function add_settings_error( $setting, $code, $message ) {
	$GLOBALS['errors'][] = $code;
}
function settings_errors() {}
function settings_fields( $group ) {
	echo '<input type="hidden" name="_wpnonce" value="' . esc_attr( $group ) . '">';
}
function submit_button() {}
function checked( $is, $should, $echo = true ) {
	return $is === $should ? ' checked="checked"' : '';
}
function selected( $is, $should, $echo = true ) {
	return $is === $should ? ' selected="selected"' : '';
}
function current_user_can( $right ) {
	return in_array( $right, isset( $GLOBALS['played']['rights'] ) ? $GLOBALS['played']['rights'] : array(), true );
}
function wp_die( $said ) {
	throw new RuntimeException( $said );
}
function admin_url( $path ) {
	return 'https://shop.example/wp-admin/' . $path;
}
function plugins_url( $path, $file ) {
	return 'https://shop.example/wp-content/plugins/backorder-connector/' . $path;
}
function plugin_basename( $file ) {
	return 'backorder-connector/backorder-connector.php';
}
function load_plugin_textdomain() {}
function wp_register_style() {}
function wp_register_script() {}
function wp_enqueue_style() {}
function wp_enqueue_script() {}
function register_setting() {}
function add_submenu_page() {}

function get_transient( $name ) {
	return isset( $GLOBALS['transients'][ $name ] ) ? $GLOBALS['transients'][ $name ] : false;
}
function set_transient( $name, $value, $seconds ) {
	$GLOBALS['transients'][ $name ] = $value;
}
class WP_Error {}
function is_wp_error( $thing ) {
	return $thing instanceof WP_Error;
}
function wp_remote_get( $address, $how ) {
	$GLOBALS['requests'][] = array( 'address' => $address, 'how' => $how );
	return isset( $GLOBALS['played']['answer'] ) ? $GLOBALS['played']['answer'] : new WP_Error();
}
function wp_remote_post( $address, $how ) {
	return wp_remote_get( $address, $how );
}
/** A webhook as the shop keeps it. */
class WC_Webhook {
	private $is;
	public function __construct( array $is ) {
		$this->is = $is;
	}
	public function get_delivery_url() {
		return $this->is['address'];
	}
	public function get_secret() {
		return $this->is['secret'];
	}
}
/** Where they are kept. */
class WC_Data_Store {
	public static function load( $kind ) {
		return new self();
	}
	public function search_webhooks( array $how ) {
		return array_keys( $GLOBALS['played']['webhooks'] ?? array() );
	}
}
function wc_get_webhook( $id ) {
	return new WC_Webhook( $GLOBALS['played']['webhooks'][ $id ] );
}
function wp_remote_retrieve_response_code( $answer ) {
	return $answer['status'];
}
function wp_remote_retrieve_body( $answer ) {
	return $answer['body'];
}

/** A thing with metadata. */
class Bears {
	public $is;
	public function __construct( array $is ) {
		$this->is = $is;
	}
	public function get_meta( $key ) {
		return isset( $this->is['meta'][ $key ] ) ? $this->is['meta'][ $key ] : '';
	}
	public function update_meta_data( $key, $value ) {
		$this->is['meta'][ $key ] = $value;
	}
	public function get_id() {
		return $this->is['id'];
	}
}

/** Stock as WooCommerce counts it (abstract-wc-product.php). */
class WC_Product extends Bears {
	public function get_name() {
		return $this->is['name'];
	}
	public function get_permalink() {
		return 'https://shop.example/product/' . $this->is['id'] . '/?a=1&b=2';
	}
	public function is_type( $type ) {
		return $type === ( isset( $this->is['type'] ) ? $this->is['type'] : 'simple' );
	}
	public function get_children() {
		return isset( $this->is['children'] ) ? $this->is['children'] : array();
	}
	public function get_stock_managed_by_id() {
		return isset( $this->is['managed_by'] ) ? $this->is['managed_by'] : $this->is['id'];
	}
	private function keeper() {
		return $this->get_stock_managed_by_id() === $this->is['id'] ? $this : wc_get_product( $this->get_stock_managed_by_id() );
	}
	public function managing_stock() {
		return null !== $this->get_stock_quantity();
	}
	public function get_stock_quantity() {
		return isset( $this->keeper()->is['stock'] ) ? $this->keeper()->is['stock'] : null;
	}
	public function backorders_allowed() {
		return in_array( $this->keeper()->is['backorders'], array( 'yes', 'notify' ), true );
	}
	public function is_in_stock() {
		if ( ! $this->managing_stock() ) {
			return 'outofstock' !== $this->is['stock_status'];
		}
		return $this->get_stock_quantity() > 0 || $this->backorders_allowed();
	}
	public function is_on_backorder( $units = 0 ) {
		if ( ! $this->managing_stock() ) {
			return 'onbackorder' === $this->is['stock_status'];
		}
		return $this->backorders_allowed() && $this->get_stock_quantity() - $units < 0;
	}
}
class WC_Order_Item extends Bears {}
class WC_Order_Item_Product extends WC_Order_Item {
	public function get_order() {
		return new WC_Order( $GLOBALS['played']['order'] );
	}
}
class WC_Order extends Bears {}

function wc_get_product( $id = null ) {
	$id = null === $id ? $GLOBALS['played']['products'][0]['id'] : $id;
	foreach ( $GLOBALS['played']['products'] as $one ) {
		if ( $one['id'] === $id ) {
			return new WC_Product( $one );
		}
	}
	return false;
}
function wc_get_formatted_variation( $variation ) {
	return $variation->get_name();
}
function is_product() {
	return true;
}

/** The cart of the shopper. */
class Cart_Of_Shopper {
	public function get_cart() {
		$lines = array();
		foreach ( isset( $GLOBALS['played']['cart'] ) ? $GLOBALS['played']['cart'] : array() as $key => $line ) {
			$lines[ (string) $key ] = array(
				'key'        => (string) $key,
				'product_id' => $line[0],
				'quantity'   => $line[1],
				'data'       => wc_get_product( $line[0] ),
			);
		}
		return $lines;
	}
}
class Shop {
	public $cart;
	public function __construct() {
		$this->cart = new Cart_Of_Shopper();
	}
}
function WC() {
	static $shop = null;
	if ( null === $shop ) {
		$shop = new Shop();
	}
	return $shop;
}
function woocommerce_store_api_register_endpoint_data( $what ) {
	$GLOBALS['outcomes']['store_api'] = $what;
}
