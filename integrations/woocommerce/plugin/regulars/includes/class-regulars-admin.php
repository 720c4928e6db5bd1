<?php
/**
 * WooCommerce ▸ Regulars: name the server, then one button.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * The page in the store's admin.
 */
final class Regulars_Admin {

	const PAGE   = 'regulars';
	const ACTION = 'regulars_connect';

	/**
	 * Hooks.
	 */
	public static function register(): void {
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_action( 'admin_post_' . self::ACTION, array( __CLASS__, 'connect' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( REGULARS_FILE ), array( __CLASS__, 'links' ) );
	}

	/**
	 * One page under WooCommerce.
	 */
	public static function menu(): void {
		add_submenu_page(
			'woocommerce',
			__( 'Regulars', 'regulars' ),
			__( 'Regulars', 'regulars' ),
			'manage_woocommerce',
			self::PAGE,
			array( __CLASS__, 'page' )
		);
	}

	/**
	 * A link on the list of plugins.
	 *
	 * @param string[] $links Those there are.
	 * @return string[]
	 */
	public static function links( array $links ): array {
		$own = sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Connect', 'regulars' ) );
		return array_merge( array( $own ), $links );
	}

	/**
	 * The page.
	 */
	public static function page(): void {
		$server = Regulars_Link::server();
		$linked = '' !== Regulars_Link::secret();
		?>
		<div class="wrap">
			<h1><?php esc_html_e( 'Regulars', 'regulars' ); ?></h1>
			<?php if ( self::was_refused() ) : ?>
				<div class="notice notice-error"><p>
					<?php esc_html_e( 'Write the address of your Regulars server as it is: https, and nothing behind the path.', 'regulars' ); ?>
				</p></div>
			<?php endif; ?>
			<?php if ( $linked ) : ?>
				<div class="notice notice-success"><p>
					<?php
					/* translators: %s: the address of the server. */
					printf( esc_html__( 'Connected to %s. Orders become points there.', 'regulars' ), esc_html( $server ) );
					?>
				</p></div>
			<?php else : ?>
				<p><?php esc_html_e( 'Orders of this store become points at your own Regulars server. You will be asked to approve it; nothing else has to be set up.', 'regulars' ); ?></p>
			<?php endif; ?>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<input type="hidden" name="action" value="<?php echo esc_attr( self::ACTION ); ?>">
				<?php wp_nonce_field( self::ACTION ); ?>
				<table class="form-table"><tr>
					<th scope="row"><label for="regulars-server"><?php esc_html_e( 'Address of your Regulars server', 'regulars' ); ?></label></th>
					<td><input id="regulars-server" name="server" type="url" class="regular-text" required pattern="https://.*"
						placeholder="https://points.example" value="<?php echo esc_attr( $server ); ?>"></td>
				</tr></table>
				<?php submit_button( $linked ? __( 'Connect again', 'regulars' ) : __( 'Connect', 'regulars' ) ); ?>
			</form>
		</div>
		<?php
	}

	/**
	 * Off to the server, which sends the merchant on to this store's own page for approval.
	 */
	public static function connect(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			wp_die( esc_html__( 'You may not connect this store.', 'regulars' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( self::ACTION );
		$server = isset( $_POST['server'] ) ? esc_url_raw( trim( sanitize_text_field( wp_unslash( $_POST['server'] ) ) ), array( 'https' ) ) : '';
		if ( ! Regulars_Link::is_https( $server ) ) {
			wp_safe_redirect( add_query_arg( 'refused', '1', self::url() ) );
			exit;
		}
		Regulars_Link::name_server( $server );
		$at = Regulars_Link::server() . '/connect/woocommerce?' . http_build_query( array( 'store' => home_url() ) );
		// phpcs:ignore WordPress.Security.SafeRedirect.wp_redirect_wp_redirect -- the address is the merchant's own server.
		wp_redirect( $at );
		exit;
	}

	/**
	 * Whether the address typed last could not be one.
	 */
	private static function was_refused(): bool {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- only chooses a sentence.
		return isset( $_GET['refused'] );
	}

	/**
	 * Where the page is.
	 */
	private static function url(): string {
		return admin_url( 'admin.php?page=' . self::PAGE );
	}
}
