<?php
/**
 * As much of WordPress as the plugin's own decisions need. Run as: php wordpress.php EXPRESSION-NAME ARGUMENT…
 */

define( 'ABSPATH', '/' );

function home_url() { return 'https://birch.example/'; }
function untrailingslashit( $text ) { return rtrim( $text, '/' ); }
function wp_json_encode( $value ) { return json_encode( $value, JSON_UNESCAPED_UNICODE ); }
function wp_parse_url( $url ) { return parse_url( $url ); }
function get_option( $name, $default = false ) {
	return array( 'server' => 'https://points.example', 'secret' => getenv( 'SECRET' ) );
}

$plugin = dirname( __DIR__, 3 ) . '/integrations/woocommerce/plugin/regulars/includes/';
require $plugin . 'class-regulars-link.php';
require $plugin . 'class-regulars-identity.php';

switch ( $argv[1] ) {
	case 'token':
		echo Regulars_Identity::token( (int) $argv[2], (int) $argv[3], $argv[4] );
		break;
	case 'is_https':
		echo json_encode( array_map( array( 'Regulars_Link', 'is_https' ), json_decode( $argv[2] ) ) );
		break;
}
