<?php
/**
 * When goods are expected.
 *
 * @package BackorderConnector
 */

namespace BackorderConnector;

defined( 'ABSPATH' ) || exit;

/**
 * A day, a range of days, or nothing known.  The last day is the one that counts.
 */
class Expected {

	/**
	 * The first day, as YYYY-MM-DD; empty where nothing is known.
	 *
	 * @var string
	 */
	public $from = '';

	/**
	 * The last day.
	 *
	 * @var string
	 */
	public $until = '';

	/**
	 * Believes only real days, and none that has passed: a day that has passed is no promise.
	 *
	 * @param mixed  $from  The first day; may be empty.
	 * @param mixed  $until The last day.
	 * @param string $today The shop's own day.
	 */
	public function __construct( $from, $until, $today ) {
		if ( ! self::is_day( $until ) || $until < $today ) {
			return;
		}
		$this->until = $until;
		$this->from  = self::is_day( $from ) && $from < $until ? $from : $until;
	}

	/**
	 * Whether there is a day at all.
	 *
	 * @return bool
	 */
	public function is_known() {
		return '' !== $this->until;
	}

	/**
	 * Whether it is more than one day.
	 *
	 * @return bool
	 */
	public function is_range() {
		return $this->from < $this->until;
	}

	/**
	 * Whether something is a day of the calendar, written as YYYY-MM-DD.
	 *
	 * @param mixed $day Anything.
	 * @return bool
	 */
	public static function is_day( $day ) {
		return is_string( $day )
			&& 1 === preg_match( '/\A(\d{4})-(\d{2})-(\d{2})\z/', $day, $parts )
			&& checkdate( (int) $parts[2], (int) $parts[3], (int) $parts[1] );
	}
}
