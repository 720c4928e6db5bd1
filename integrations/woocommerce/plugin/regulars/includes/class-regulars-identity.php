<?php
/**
 * Tells the server who is signed in, in a way nobody else can say it and that soon ends.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * A JSON Web Token (HS256) over the customer's id, for five minutes. It is asked for over admin-ajax, which no page
 * cache keeps: a token inside a page could be served to the next shopper.
 */
final class Regulars_Identity {

	const ACTION = 'regulars_identity';
	const LIFE_S = 300;

	/**
	 * Hooks.
	 */
	public static function register(): void {
		add_action( 'wp_ajax_' . self::ACTION, array( __CLASS__, 'answer' ) );
		add_action( 'wp_ajax_nopriv_' . self::ACTION, array( __CLASS__, 'answer' ) );
	}

	/**
	 * The signed-in customer's token, or that nobody is signed in.
	 */
	public static function answer(): void {
		nocache_headers();
		$user_id = get_current_user_id();
		if ( 0 === $user_id || '' === Regulars_Link::secret() ) {
			wp_send_json( array( 'token' => null ) );
		}
		wp_send_json(
			array(
				'token'   => self::token( $user_id, time(), wp_generate_uuid4() ),
				'life_s'  => self::LIFE_S,
				'server'  => Regulars_Link::server(),
			)
		);
	}

	/**
	 * The token itself. Holds the customer's id and no personal data.
	 *
	 * @param int    $user_id The customer.
	 * @param int    $now_s   Seconds since 1970.
	 * @param string $id      Never given twice.
	 */
	public static function token( int $user_id, int $now_s, string $id ): string {
		$claims = array(
			'iss' => untrailingslashit( home_url() ),
			'aud' => Regulars_Link::server(),
			'sub' => (string) $user_id,
			'iat' => $now_s,
			'exp' => $now_s + self::LIFE_S,
			'jti' => $id,
		);
		$head   = array(
			'alg' => 'HS256',
			'typ' => 'JWT',
		);
		$said   = self::encoded( (string) wp_json_encode( $head ) ) . '.' . self::encoded( (string) wp_json_encode( $claims ) );
		return $said . '.' . self::encoded( hash_hmac( 'sha256', $said, Regulars_Link::secret(), true ) );
	}

	/**
	 * Base64 as web addresses take it.
	 *
	 * @param string $bytes Anything.
	 */
	private static function encoded( string $bytes ): string {
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- RFC 7515 wants it.
		return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
	}
}
