<?php
/**
 * WooCommerce > Backorders: the few things to choose here, and the way to everything else.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * The settings page.  WordPress checks the form's nonce and the right to save it.
 */
class Settings_Page {

	const PAGE  = 'backorder-connector';
	const RIGHT = 'manage_woocommerce';

	/**
	 * Hooks in.
	 */
	public static function register() {
		add_action( 'admin_menu', array( __CLASS__, 'add_page' ) );
		add_action( 'admin_init', array( __CLASS__, 'add_setting' ) );
		add_filter( 'option_page_capability_' . self::PAGE, array( __CLASS__, 'right' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FILE ), array( __CLASS__, 'links' ) );
	}

	/**
	 * Who may save.
	 *
	 * @return string
	 */
	public static function right() {
		return self::RIGHT;
	}

	/**
	 * Below WooCommerce.
	 */
	public static function add_page() {
		$title = __( 'Backorders', 'backorder-connector' );
		add_submenu_page( 'woocommerce', $title, $title, self::RIGHT, self::PAGE, array( __CLASS__, 'show' ) );
	}

	/**
	 * What is saved, and how it is cleaned.
	 */
	public static function add_setting() {
		register_setting(
			self::PAGE,
			Options::NAME,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( Options::class, 'clean' ),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * Beside the plugin's name in the list of plugins.
	 *
	 * @param string[] $links Those there are.
	 * @return string[]
	 */
	public static function links( $links ) {
		array_unshift( $links, '<a href="' . esc_url( admin_url( 'admin.php?page=' . self::PAGE ) ) . '">' . esc_html__( 'Settings', 'backorder-connector' ) . '</a>' );
		return $links;
	}

	/**
	 * The page.
	 */
	public static function show() {
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_die( esc_html__( 'You may not change this.', 'backorder-connector' ) );
		}
		$address = Options::get( 'address' );
		echo '<div class="wrap"><h1>' . esc_html__( 'Backorders', 'backorder-connector' ) . '</h1>';
		settings_errors();
		if ( '' !== $address ) {
			echo '<p><a class="button button-primary" target="_blank" rel="noopener" href="' . esc_url( $address . '/settings' ) . '">'
				. esc_html__( 'Open Backorder Connector', 'backorder-connector' ) . '</a> '
				. esc_html__( 'What may be backordered, supplies, dates and texts are set there.', 'backorder-connector' ) . '</p>';
		}
		echo '<form method="post" action="options.php">';
		settings_fields( self::PAGE );
		echo '<table class="form-table" role="presentation"><tbody>';
		self::text_row( 'address', 'url', __( 'Address of the service', 'backorder-connector' ), __( 'Such as https://backorders.example.com. Dates are shown without it too; the form for sold-out products needs it.', 'backorder-connector' ) );
		self::text_row( 'store', 'text', __( 'Key of the store', 'backorder-connector' ), __( 'The last part of its webhook address.', 'backorder-connector' ) );
		self::words_row();
		self::switch_row( 'form', __( 'Sold-out products', 'backorder-connector' ), __( 'Offer to tell shoppers when a product is back', 'backorder-connector' ) );
		self::switch_row( 'phone', __( 'Mobile numbers', 'backorder-connector' ), __( 'Ask for a mobile number too (the service must be able to send text messages)', 'backorder-connector' ) );
		self::switch_row( 'live', __( 'Newest word', 'backorder-connector' ), __( 'Ask the service when a page is shown; answers are kept for a minute, and what stands on the product is shown where it does not answer', 'backorder-connector' ) );
		echo '</tbody></table>';
		submit_button();
		echo '</form></div>';
	}

	/**
	 * A field to type in.
	 *
	 * @param string $key   One of Options::DEFAULTS.
	 * @param string $type  Of the field.
	 * @param string $label What is asked.
	 * @param string $help  Below it.
	 */
	private static function text_row( $key, $type, $label, $help ) {
		echo '<tr><th scope="row"><label for="' . esc_attr( 'boc-' . $key ) . '">' . esc_html( $label ) . '</label></th><td>'
			. '<input class="regular-text" id="' . esc_attr( 'boc-' . $key ) . '" type="' . esc_attr( $type ) . '" name="' . esc_attr( Options::NAME . '[' . $key . ']' ) . '" value="' . esc_attr( Options::get( $key ) ) . '">'
			. '<p class="description">' . esc_html( $help ) . '</p></td></tr>';
	}

	/**
	 * A box to tick.
	 *
	 * @param string $key   One of Options::DEFAULTS.
	 * @param string $title Of the row.
	 * @param string $label Beside the box.
	 */
	private static function switch_row( $key, $title, $label ) {
		echo '<tr><th scope="row">' . esc_html( $title ) . '</th><td><label>'
			. '<input type="checkbox" name="' . esc_attr( Options::NAME . '[' . $key . ']' ) . '" value="yes"' . checked( Options::is_on( $key ), true, false ) . '> '
			. esc_html( $label ) . '</label></td></tr>';
	}

	/**
	 * Whose words.
	 */
	private static function words_row() {
		$choices = array(
			'service' => __( 'those of the service, as they are written there', 'backorder-connector' ),
			'own'     => __( 'those of this plugin, in the language of each page', 'backorder-connector' ),
		);
		echo '<tr><th scope="row"><label for="boc-words">' . esc_html__( 'Words', 'backorder-connector' ) . '</label></th><td>'
			. '<select id="boc-words" name="' . esc_attr( Options::NAME . '[words]' ) . '">';
		foreach ( $choices as $value => $label ) {
			echo '<option value="' . esc_attr( $value ) . '"' . selected( Options::get( 'words' ), $value, false ) . '>' . esc_html( $label ) . '</option>';
		}
		echo '</select></td></tr>';
	}
}
