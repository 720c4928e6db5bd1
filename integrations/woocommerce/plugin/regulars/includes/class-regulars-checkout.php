<?php
/**
 * A box at the checkout: join, or not.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Never ticked beforehand. The block checkout writes what was chosen into the order by itself, as
 * `_wc_other/regulars/join`; the classic one has it written here, under the same name.
 */
final class Regulars_Checkout {

	const FIELD = 'regulars/join';
	const META  = '_wc_other/regulars/join';
	const INPUT = 'regulars_join';

	/**
	 * Hooks.
	 */
	public static function register(): void {
		add_action( 'woocommerce_init', array( __CLASS__, 'add_to_blocks' ) );
		add_action( 'woocommerce_after_order_notes', array( __CLASS__, 'add_to_classic' ) );
		add_action( 'woocommerce_checkout_create_order', array( __CLASS__, 'write' ), 20, 1 );
	}

	/**
	 * The block checkout's box (WooCommerce 8.9 and newer).
	 */
	public static function add_to_blocks(): void {
		if ( '' === Regulars_Link::secret() || ! function_exists( 'woocommerce_register_additional_checkout_field' ) ) {
			return;
		}
		woocommerce_register_additional_checkout_field(
			array(
				'id'       => self::FIELD,
				'label'    => self::label(),
				'location' => 'order',
				'type'     => 'checkbox',
			)
		);
	}

	/**
	 * The classic checkout's box.
	 */
	public static function add_to_classic(): void {
		if ( '' === Regulars_Link::secret() ) {
			return;
		}
		woocommerce_form_field(
			self::INPUT,
			array(
				'type'  => 'checkbox',
				'class' => array( 'form-row-wide' ),
				'label' => esc_html( self::label() ),
			)
		);
	}

	/**
	 * Keep what was chosen at the classic checkout.
	 *
	 * @param WC_Order $order Not saved yet.
	 */
	public static function write( WC_Order $order ): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- WooCommerce has checked the form's by now.
		if ( isset( $_POST[ self::INPUT ] ) ) {
			$order->update_meta_data( self::META, '1' );
		}
	}

	/**
	 * What the box says.
	 */
	private static function label(): string {
		return __( 'Collect points with this order', 'regulars' );
	}
}
