<?php
/**
 * Asking the service itself, where the owner wants the newest word.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the public answer.  Whatever goes wrong, the page is shown from what stands on the product.
 */
class Service {

	const KEPT    = 60;  // Seconds; as long as the answer itself says it holds.
	const AWAY    = 120; // Seconds in which a service that did not answer is not asked again.
	const PATIENT = 2;   // Seconds that a shopper may have to wait for it.
	const MOST    = 100; // Variants in one question.
	const LARGEST = 200000;

	/**
	 * What the service says of a product; null where it is not asked or does not answer.
	 *
	 * @param \WC_Product $product A product or variation.
	 * @return array<string, mixed>|null
	 */
	public static function said_of( $product ) {
		$id = (int) $product->get_id();
		if ( $id <= 0 || ! Options::is_on( 'live' ) || '' === Options::public_address( '' ) ) {
			return null;
		}
		$kept = get_transient( self::key( $id ) );
		if ( is_array( $kept ) ) {
			return isset( $kept['status'] ) ? $kept : null;
		}
		self::ask( array( $id ) );
		$kept = get_transient( self::key( $id ) );
		return is_array( $kept ) && isset( $kept['status'] ) ? $kept : null;
	}

	/**
	 * Asks for many at once, so that the page of a product with many variations waits once.
	 *
	 * @param int[] $ids Products and variations.
	 */
	public static function ask( array $ids ) {
		if ( ! Options::is_on( 'live' ) || '' === Options::public_address( '' ) || false !== get_transient( self::away() ) ) {
			return;
		}
		$ids = array_slice( array_values( array_filter( array_unique( $ids ), array( __CLASS__, 'is_unknown' ) ) ), 0, self::MOST );
		if ( ! $ids ) {
			return;
		}
		$said = self::fetch( $ids );
		if ( null === $said ) {
			set_transient( self::away(), 1, self::AWAY );
			return;
		}
		foreach ( $ids as $id ) {
			set_transient( self::key( $id ), isset( $said[ $id ] ) ? $said[ $id ] : array(), self::KEPT );
		}
	}

	/**
	 * One request.
	 *
	 * @param int[] $ids At most MOST.
	 * @return array<int, array<string, mixed>>|null Null where there was no answer that can be believed.
	 */
	private static function fetch( array $ids ) {
		$query = 'lang=' . rawurlencode( Words::language() );
		foreach ( $ids as $id ) {
			$query .= '&variant=' . (int) $id;
		}
		$answer = wp_remote_get(
			Options::public_address( 'availability' ) . '?' . $query,
			array(
				'timeout'             => self::PATIENT,
				'redirection'         => 0,
				'limit_response_size' => self::LARGEST,
				'headers'             => array( 'Accept' => 'application/json' ),
			)
		);
		if ( is_wp_error( $answer ) || 200 !== (int) wp_remote_retrieve_response_code( $answer ) ) {
			return null;
		}
		$body = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( ! is_array( $body ) || ! isset( $body['variants'] ) || ! is_array( $body['variants'] ) ) {
			return null;
		}
		$said = array();
		foreach ( $body['variants'] as $one ) {
			if ( is_array( $one ) && isset( $one['variant'], $one['status'] ) && is_scalar( $one['variant'] ) ) {
				$said[ (int) $one['variant'] ] = array(
					'status'  => $one['status'],
					'from'    => isset( $one['expected']['from'] ) ? $one['expected']['from'] : '',
					'until'   => isset( $one['expected']['until'] ) ? $one['expected']['until'] : '',
					'message' => isset( $one['message'] ) ? $one['message'] : '',
				);
			}
		}
		return $said;
	}

	/**
	 * Whether nothing is kept of a variant.
	 *
	 * @param int $id Its id.
	 * @return bool
	 */
	private static function is_unknown( $id ) {
		return ! is_array( get_transient( self::key( $id ) ) );
	}

	/**
	 * Where an answer is kept.
	 *
	 * @param int $id Product or variation.
	 * @return string
	 */
	private static function key( $id ) {
		return 'boc_said_' . (int) $id . '_' . md5( Words::language() . Options::public_address( '' ) );
	}

	/**
	 * Where it is kept that the service did not answer.
	 *
	 * @return string
	 */
	private static function away() {
		return 'boc_away_' . md5( Options::public_address( '' ) );
	}
}
