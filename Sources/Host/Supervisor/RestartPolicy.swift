/// How long a worker may take for each step, and what its deaths lead to.
struct RestartPolicy: Hashable, Sendable {
  /// More deaths than this within ``window`` park.
  var limit = 5
  /// The window in which deaths count.
  var window = Duration.seconds(600)
  /// A worker that lived as long has its past forgiven.
  var healthyAfter = Duration.seconds(300)
  /// From start to greeting, and from there to being locked in.
  var startLimit = Duration.seconds(10)
  /// Silence after which a worker counts as hung.
  var heartbeatLimit = Duration.seconds(15)
  /// From the loss of the socket to the kill.
  var closingLimit = Duration.seconds(2)
  /// From the word to finish to the kill: leaves time for the rest within the ten seconds that the whole host has.
  var drainLimit = Duration.seconds(9)
  /// The longest that a second attempt waits; each further one doubles it.
  var firstDelay = Duration.seconds(1)
  /// The longest wait of all.
  var longestDelay = Duration.seconds(60)

  /// How long to wait before restart number `attempt`, counted from 0 since the last healthy time: at once, then
  /// between half and all of a doubling delay, so that many workers that fell together do not rise together.
  func delay(attempt: Int, random: inout some RandomNumberGenerator) -> Duration {
    guard attempt > 0 else { return .zero }
    let doublings = min(attempt - 1, 16)
    let whole = min(longestDelay, firstDelay * (1 << doublings))
    let milliseconds = Int64(whole / .milliseconds(1))
    return .milliseconds(Int64.random(in: (milliseconds / 2)...milliseconds, using: &random))
  }
}
