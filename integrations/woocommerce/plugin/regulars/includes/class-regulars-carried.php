<?php
/**
 * A code or a referral that a link brought: kept for the visit, and applied as soon as it can be.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Links look like /?regulars_code=CODE and /?regulars_ref=REF. A coupon bound to an e-mail address cannot be applied
 * before the address is known, so it is tried again whenever the cart or the shopper's details change.
 */
final class Regulars_Carried {

	const CODE = 'regulars_code';
	const REF  = 'regulars_ref';

	/**
	 * Hooks.
	 */
	public static function register(): void {
		add_action( 'wp_loaded', array( __CLASS__, 'take' ), 20 );
		add_action( 'woocommerce_add_to_cart', array( __CLASS__, 'try_code' ), 20, 0 );
		add_action( 'woocommerce_store_api_cart_update_customer_from_request', array( __CLASS__, 'try_code' ), 20, 0 );
		add_action( 'woocommerce_checkout_update_order_review', array( __CLASS__, 'try_code_of_form' ), 20, 1 );
		add_action( 'woocommerce_checkout_create_order', array( __CLASS__, 'write_ref' ), 20, 1 );
		add_action( 'woocommerce_store_api_checkout_update_order_meta', array( __CLASS__, 'write_ref' ), 20, 1 );
	}

	/**
	 * Keep what the link brought in the shopper's session.
	 */
	public static function take(): void {
		if ( is_admin() || ! WC()->session ) {
			return;
		}
		$found = false;
		foreach ( array( self::CODE, self::REF ) as $name ) {
			$value = self::from_link( $name );
			if ( '' !== $value ) {
				WC()->session->set( $name, $value );
				$found = true;
			}
		}
		if ( ! $found ) {
			return;
		}
		if ( ! WC()->session->has_session() ) {
			WC()->session->set_customer_session_cookie( true );
		}
		self::try_code();
	}

	/**
	 * Apply the code if the store would take it now; silent if not, for it may later.
	 */
	public static function try_code(): void {
		$code = self::kept( self::CODE );
		if ( '' === $code || ! WC()->cart || WC()->cart->is_empty() || WC()->cart->has_discount( $code ) ) {
			return;
		}
		$coupon = new WC_Coupon( $code );
		if ( 0 === $coupon->get_id() || is_wp_error( ( new WC_Discounts( WC()->cart ) )->is_coupon_valid( $coupon ) ) ) {
			return;
		}
		if ( ! self::is_for_shopper( $coupon ) ) {
			return;
		}
		if ( WC()->cart->apply_coupon( $code ) ) {
			WC()->session->set( self::CODE, '' );
		}
	}

	/**
	 * The same at the classic checkout, where the form has just been sent.
	 *
	 * @param string $form The form's fields as one query string.
	 */
	public static function try_code_of_form( string $form ): void {
		parse_str( $form, $fields );
		$email = isset( $fields['billing_email'] ) ? sanitize_email( (string) $fields['billing_email'] ) : '';
		if ( is_email( $email ) && WC()->customer ) {
			WC()->customer->set_billing_email( $email );
		}
		self::try_code();
	}

	/**
	 * Say in the order who sent the shopper.
	 *
	 * @param WC_Order $order Not saved yet, or saved by whoever called.
	 */
	public static function write_ref( WC_Order $order ): void {
		$ref = self::kept( self::REF );
		if ( '' === $ref ) {
			return;
		}
		$order->update_meta_data( '_regulars_ref', $ref );
		if ( $order->get_id() > 0 ) {
			$order->save_meta_data();
		}
	}

	/**
	 * Whether the shopper is one of those a coupon is for. The checkout looks again; this only saves a message.
	 *
	 * @param WC_Coupon $coupon The coupon.
	 */
	private static function is_for_shopper( WC_Coupon $coupon ): bool {
		$allowed = array_map( 'strtolower', $coupon->get_email_restrictions() );
		if ( ! $allowed ) {
			return true;
		}
		$emails = array( wp_get_current_user()->user_email, WC()->customer ? WC()->customer->get_billing_email() : '' );
		return (bool) array_intersect( array_map( 'strtolower', array_filter( $emails ) ), $allowed );
	}

	/**
	 * What the link says, if it can be a code: letters, digits, dash and underscore.
	 *
	 * @param string $name The parameter.
	 */
	private static function from_link( string $name ): string {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- links come from elsewhere by nature.
		$value = isset( $_GET[ $name ] ) ? sanitize_text_field( wp_unslash( $_GET[ $name ] ) ) : '';
		return preg_match( '/^[A-Za-z0-9_-]{1,40}$/', $value ) ? $value : '';
	}

	/**
	 * What the session has.
	 *
	 * @param string $name Of the value.
	 */
	private static function kept( string $name ): string {
		return WC()->session ? (string) WC()->session->get( $name, '' ) : '';
	}
}
