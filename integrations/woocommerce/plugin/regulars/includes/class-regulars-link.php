<?php
/**
 * What binds this store to one Regulars server: its address, and a secret both sides know.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * The server writes the secret here over the REST API, with the keys the merchant approved. The namespace begins
 * with "wc-": WooCommerce accepts its REST keys under such names alone, apart from its own.
 */
final class Regulars_Link {

	const OPTION          = 'regulars_link';
	const SHORTEST_SECRET = 32;

	/**
	 * Hooks.
	 */
	public static function register(): void {
		add_action( 'rest_api_init', array( __CLASS__, 'routes' ) );
	}

	/**
	 * One route: the server says who it is, asks, or lets go.
	 */
	public static function routes(): void {
		register_rest_route(
			'wc-regulars/v1',
			'/link',
			array(
				array(
					'methods'             => 'POST',
					'callback'            => array( __CLASS__, 'write' ),
					'permission_callback' => array( __CLASS__, 'may' ),
					'args'                => array(
						'server' => array(
							'type'              => 'string',
							'required'          => true,
							'validate_callback' => array( __CLASS__, 'is_https' ),
						),
						'secret' => array(
							'type'      => 'string',
							'required'  => true,
							'minLength' => self::SHORTEST_SECRET,
							'maxLength' => 128,
							'pattern'   => '^[0-9a-f]+$',
						),
					),
				),
				array(
					'methods'             => 'GET',
					'callback'            => array( __CLASS__, 'told' ),
					'permission_callback' => array( __CLASS__, 'may' ),
				),
				array(
					'methods'             => 'DELETE',
					'callback'            => array( __CLASS__, 'forget' ),
					'permission_callback' => array( __CLASS__, 'may' ),
				),
			)
		);
	}

	/**
	 * Whether the caller may run this store.
	 */
	public static function may(): bool {
		return current_user_can( 'manage_woocommerce' );
	}

	/**
	 * Whether a value is an https address without user name, query or fragment.
	 *
	 * @param mixed $value What was sent or typed.
	 */
	public static function is_https( $value ): bool {
		if ( ! is_string( $value ) || strlen( $value ) > 200 ) {
			return false;
		}
		$parts = wp_parse_url( $value );
		return is_array( $parts )
			&& 'https' === ( $parts['scheme'] ?? '' )
			&& '' !== ( $parts['host'] ?? '' )
			&& ! array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) );
	}

	/**
	 * Keep who the server is.
	 *
	 * @param WP_REST_Request $request The server's call.
	 */
	public static function write( WP_REST_Request $request ): WP_REST_Response {
		update_option(
			self::OPTION,
			array(
				'server' => untrailingslashit( esc_url_raw( $request['server'], array( 'https' ) ) ),
				'secret' => $request['secret'],
			),
			false
		);
		return self::told();
	}

	/**
	 * What is known, without the secret.
	 */
	public static function told(): WP_REST_Response {
		return new WP_REST_Response(
			array(
				'version' => REGULARS_VERSION,
				'server'  => self::server(),
				'linked'  => '' !== self::secret(),
			)
		);
	}

	/**
	 * Forget the server.
	 */
	public static function forget(): WP_REST_Response {
		delete_option( self::OPTION );
		return self::told();
	}

	/**
	 * The server's address without a slash at the end; empty while there is none.
	 */
	public static function server(): string {
		return self::field( 'server' );
	}

	/**
	 * The secret both sides know; empty while there is none.
	 */
	public static function secret(): string {
		return self::field( 'secret' );
	}

	/**
	 * Keep an address the merchant typed. The secret of another server does not go with it.
	 *
	 * @param string $server An https address.
	 */
	public static function name_server( string $server ): void {
		$server = untrailingslashit( $server );
		if ( $server !== self::server() ) {
			update_option(
				self::OPTION,
				array(
					'server' => $server,
					'secret' => '',
				),
				false
			);
		}
	}

	/**
	 * One field of what is kept.
	 *
	 * @param string $name Its name.
	 */
	private static function field( string $name ): string {
		$kept = get_option( self::OPTION, array() );
		return is_array( $kept ) && isset( $kept[ $name ] ) && is_string( $kept[ $name ] ) ? $kept[ $name ] : '';
	}
}
