/// Turns an input into objects of tracks, at its own pace.
protocol Feeder: AnyObject {
    /// Begins to publish: the input may be read from now on.
    func start()
    /// No more input is wanted: end the tracks with what has been written.
    func stop()
    /// Called once, after the tracks have been ended.
    var onFinished: () -> Void { get set }
    var onFailed: (String) -> Void { get set }
}
