/// Who has sockets in a ``ConnectionEngine``. Of the loop's thread only.
protocol Participant: AnyObject {
    /// One of its sockets is ready, or it asked to be called again.
    func proceed()

    /// When it is to be told that its time has passed; looked at now and then, and after each turn.
    var deadline: ContinuousClock.Instant? { get }

    /// Its deadline has passed.
    func expire()
}
