<?php
/**
 * Leaves nothing of the plugin's own behind.  What stands on products and orders is the service's and the buyers'.
 *
 * @package BackorderConnector
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'backorder_connector' );

global $wpdb;
foreach ( array( '_transient_boc_', '_transient_timeout_boc_' ) as $backorder_connector_begins ) {
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery -- transients have no other way to be found by how they begin.
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s", $wpdb->esc_like( $backorder_connector_begins ) . '%' ) );
}
