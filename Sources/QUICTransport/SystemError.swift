import Glibc

/// The text that the C library has for `code`, which may be negative.
func systemErrorText(_ code: Int32) -> String {
    String(cString: strerror(code < 0 ? -code : code))
}
