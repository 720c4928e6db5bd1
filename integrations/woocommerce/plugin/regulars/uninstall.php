<?php
/**
 * Leaves nothing of ours behind.
 *
 * @package Regulars
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'regulars_link' );
