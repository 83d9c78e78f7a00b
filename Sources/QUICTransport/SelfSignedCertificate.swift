import CGnuTLS
import CNgtcp2
import Glibc

/// A throw-away ECDSA P-256 key and certificate.
final class SelfSignedCertificate {
    let certificate: gnutls_x509_crt_t
    let key: gnutls_x509_privkey_t

    static let validitySeconds = 14 * 24 * 3600

    init(names: [String]) throws(TransportError) {
        var newKey: gnutls_x509_privkey_t?
        var newCertificate: gnutls_x509_crt_t?
        guard gnutls_x509_privkey_init(&newKey) >= 0, gnutls_x509_crt_init(&newCertificate) >= 0,
            let newKey, let newCertificate
        else { throw TransportError(.tls, "out of memory for a certificate") }
        key = newKey
        certificate = newCertificate
        let bits = UInt32(1) << 31 | UInt32(GNUTLS_ECC_CURVE_SECP256R1.rawValue)
        try Self.check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, bits, 0), "make a key")
        try describe(names)
        try Self.check(
            gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), "sign the certificate"
        )
    }

    deinit {
        gnutls_x509_crt_deinit(certificate)
        gnutls_x509_privkey_deinit(key)
    }

    /// The certificate and its key for files.
    func exported() -> (certificatePEM: String, keyPEM: String) {
        var certificateText = gnutls_datum_t()
        var keyText = gnutls_datum_t()
        _ = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &certificateText)
        _ = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &keyText)
        defer {
            free(certificateText.data)
            free(keyText.data)
        }
        return (Self.text(certificateText), Self.text(keyText))
    }

    private static func text(_ datum: gnutls_datum_t) -> String {
        String(decoding: UnsafeBufferPointer(start: datum.data, count: Int(datum.size)), as: UTF8.self)
    }

    private func describe(_ names: [String]) throws(TransportError) {
        try Self.check(gnutls_x509_crt_set_version(certificate, 3), "set the version")
        var serial = [UInt8](repeating: 0, count: 16)
        gnutls_rnd(GNUTLS_RND_NONCE, &serial, serial.count)
        serial[0] = serial[0] & 0x3f | 0x40
        try Self.check(gnutls_x509_crt_set_serial(certificate, serial, serial.count), "set the serial number")
        // An hour of slack for clocks that are behind; browsers count the whole span.
        let begin = time(nil) - 3600
        gnutls_x509_crt_set_activation_time(certificate, begin)
        gnutls_x509_crt_set_expiration_time(certificate, begin + Self.validitySeconds)
        let common = names.first ?? "localhost"
        try Self.check(
            gnutls_x509_crt_set_dn_by_oid(
                certificate, "2.5.4.3", 0, common, UInt32(min(common.utf8.count, 64))), "set the name")
        try Self.check(gnutls_x509_crt_set_key(certificate, key), "set the key")
        for name in ["localhost"] + names { try addName(name) }
        try addAddress([127, 0, 0, 1])
        try addAddress([UInt8](repeating: 0, count: 15) + [1])
        try Self.check(
            gnutls_x509_crt_set_key_usage(certificate, UInt32(GNUTLS_KEY_DIGITAL_SIGNATURE)),
            "set the key usage")
        try Self.check(gnutls_x509_crt_set_basic_constraints(certificate, 0, -1), "set the constraints")
    }

    private func addName(_ name: String) throws(TransportError) {
        try Self.check(
            gnutls_x509_crt_set_subject_alt_name(
                certificate, GNUTLS_SAN_DNSNAME, name, UInt32(name.utf8.count), UInt32(GNUTLS_FSAN_APPEND)),
            "add the name \(name)")
    }

    private func addAddress(_ address: [UInt8]) throws(TransportError) {
        try Self.check(
            gnutls_x509_crt_set_subject_alt_name(
                certificate, GNUTLS_SAN_IPADDRESS, address, UInt32(address.count), UInt32(GNUTLS_FSAN_APPEND)),
            "add an address")
    }

    private static func check(_ result: Int32, _ what: String) throws(TransportError) {
        guard result >= 0 else { throw TransportError(.tls, "cannot \(what): \(gnuTLSText(result))") }
    }
}
