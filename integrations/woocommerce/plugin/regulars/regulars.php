<?php
/**
 * Plugin Name:          Regulars
 * Description:          Connects this store to your own Regulars server: points, discount codes and referral links.
 * Version:              0.1.0
 * Requires at least:    6.4
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 8.5
 * WC tested up to:      11.0
 * License:              MIT
 * Text Domain:          regulars
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

define( 'REGULARS_VERSION', '0.1.0' );
define( 'REGULARS_FILE', __FILE__ );

require_once __DIR__ . '/includes/class-regulars-link.php';
require_once __DIR__ . '/includes/class-regulars-identity.php';
require_once __DIR__ . '/includes/class-regulars-admin.php';
require_once __DIR__ . '/includes/class-regulars-carried.php';
require_once __DIR__ . '/includes/class-regulars-checkout.php';

add_action(
	'before_woocommerce_init',
	static function () {
		if ( ! class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
			return;
		}
		foreach ( array( 'custom_order_tables', 'cart_checkout_blocks' ) as $feature ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( $feature, REGULARS_FILE, true );
		}
	}
);

add_action(
	'plugins_loaded',
	static function () {
		if ( ! class_exists( 'WooCommerce' ) ) {
			return;
		}
		Regulars_Link::register();
		Regulars_Identity::register();
		Regulars_Admin::register();
		Regulars_Carried::register();
		Regulars_Checkout::register();
	}
);
