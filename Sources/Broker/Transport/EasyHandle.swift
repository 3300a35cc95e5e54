import CCurl
import Core

/// One libcurl easy handle, set up once with all that never changes and reused for request after request.
@safe final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  private var headerList: UnsafeMutablePointer<curl_slist>?

  /// - Throws: ``TransportError`` when libcurl has no memory, or lacks an option that safety depends on.
  init(_ settings: CurlSettings) throws(TransportError) {
    guard let raw = unsafe curl_easy_init() else { throw Self.failed("libcurl has no memory") }
    unsafe self.raw = raw
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try setUpProtocol()
    try setUpTrust(settings)
    try setUpLimits(settings)
    try check(unsafe nija_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText))
    try check(unsafe nija_curl_set_writer(raw, CURLOPT_WRITEFUNCTION, Transfer.takeBody))
    try check(unsafe nija_curl_set_writer(raw, CURLOPT_HEADERFUNCTION, Transfer.takeHeader))
    try check(unsafe nija_curl_set_before_request(raw, Transfer.beforeRequest))
    try check(unsafe nija_curl_set_before_tls(raw, Transfer.beforeTLS))
  }

  deinit {
    unsafe curl_easy_cleanup(raw)
    unsafe curl_slist_free_all(headerList)
    unsafe errorText.deallocate()
  }

  private static func failed(_ detail: String) -> TransportError {
    TransportError(phase: .connect, mayHaveArrived: false, detail: detail)
  }

  private func check(_ code: CURLcode) throws(TransportError) {
    guard code == CURLE_OK else { throw Self.failed("libcurl refuses a setting: \(Self.text(of: code))") }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
    try check(unsafe nija_curl_set_long(raw, option, value))
  }

  private func set(_ option: CURLoption, _ text: String) throws(TransportError) {
    // libcurl copies texts.
    try check(unsafe text.withCString { unsafe nija_curl_set_pointer(raw, option, $0) })
  }

  private func clear(_ option: CURLoption) throws(TransportError) {
    try check(unsafe nija_curl_set_pointer(raw, option, nil))
  }

  private func setUpProtocol() throws(TransportError) {
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    // What was signed is what is asked for: no segment of dots takes others away.
    try set(CURLOPT_PATH_AS_IS, 1)
    // An empty proxy keeps http_proxy and its kin in the environment from being read.
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, 30)
    try set(CURLOPT_TCP_KEEPINTVL, 15)
  }

  private func setUpTrust(_ settings: CurlSettings) throws(TransportError) {
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    // The distribution's default is a bundle file, which would be parsed into memory.
    try clear(CURLOPT_CAINFO)
    try set(CURLOPT_CAPATH, settings.certificateFolder)
  }

  private func setUpLimits(_ settings: CurlSettings) throws(TransportError) {
    try set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, settings.connectTimeout.wholeMilliseconds)))
    try set(CURLOPT_LOW_SPEED_LIMIT, settings.lowSpeedBytesPerSecond)
    try set(CURLOPT_LOW_SPEED_TIME, Int(max(1, settings.lowSpeedTime.components.seconds)))
    try set(CURLOPT_BUFFERSIZE, 16 << 10)
    try set(CURLOPT_UPLOAD_BUFFERSIZE, 16 << 10)
    try check(
      unsafe nija_curl_set_offset(raw, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(settings.maximumAnswerBytes)))
  }

  /// Sets what differs from request to request. `transfer` must outlive the request.
  func prepare(_ transfer: Transfer, timeout: Duration) throws(TransportError) {
    let request = transfer.request
    unsafe errorText.pointee = 0
    try set(CURLOPT_URL, request.url)
    try setBody(request)
    try setHeaders(request.headers)
    try set(CURLOPT_TIMEOUT_MS, Int(max(1, timeout.wholeMilliseconds)))
    let pointer = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    try check(unsafe nija_curl_set_pointer(raw, CURLOPT_WRITEDATA, pointer))
    try check(unsafe nija_curl_set_pointer(raw, CURLOPT_HEADERDATA, pointer))
    try check(unsafe nija_curl_set_pointer(raw, CURLOPT_PREREQDATA, pointer))
    try check(unsafe nija_curl_set_pointer(raw, CURLOPT_SSL_CTX_DATA, pointer))
  }

  private func setBody(_ request: HTTPRequest) throws(TransportError) {
    if request.method == "GET" || (request.body.isEmpty && request.method != "POST") {
      try set(CURLOPT_HTTPGET, 1)
    } else {
      try check(
        unsafe nija_curl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
      // The size first: then libcurl copies so many bytes, zeros among them included.
      let code = unsafe request.body.withUnsafeBytes {
        unsafe nija_curl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(errorText))
      }
      try check(code)
    }
    if request.method == "GET" || request.method == "POST" {
      try clear(CURLOPT_CUSTOMREQUEST)
    } else {
      try set(CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  private func setHeaders(_ headers: [(name: String, value: String)]) throws(TransportError) {
    var list: UnsafeMutablePointer<curl_slist>?
    for header in headers {
      // An empty value would remove the header; libcurl's way to send one is a semicolon.
      let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
      guard let longer = unsafe curl_slist_append(list, line) else {
        unsafe curl_slist_free_all(list)
        throw Self.failed("libcurl has no memory")
      }
      unsafe list = longer
    }
    let code = unsafe nija_curl_set_pointer(raw, CURLOPT_HTTPHEADER, list)
    unsafe curl_slist_free_all(headerList)
    unsafe headerList = list
    try check(code)
  }

  /// The status code of the answer.
  var status: Int {
    var value = 0
    _ = unsafe nija_curl_get_long(raw, CURLINFO_RESPONSE_CODE, &value)
    return value
  }

  /// Bytes of the request sent, over all attempts.
  var sentBytes: Int {
    var value = 0
    _ = unsafe nija_curl_get_long(raw, CURLINFO_REQUEST_SIZE, &value)
    return value
  }

  /// How long the answer's body will be, where its headers tell.
  var announcedLength: Int? { offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T).flatMap { $0 > 0 ? Int(exactly: $0) : nil } }
  /// Whether the name was resolved.
  var isResolved: Bool { (offset(CURLINFO_NAMELOOKUP_TIME_T) ?? 0) > 0 }

  private func offset(_ info: CURLINFO) -> curl_off_t? {
    var value: curl_off_t = 0
    return unsafe nija_curl_get_offset(raw, info, &value) == CURLE_OK ? value : nil
  }

  /// libcurl's own words for what went wrong.
  func detail(of code: CURLcode) -> String {
    unsafe errorText.pointee == 0 ? Self.text(of: code) : String(cString: errorText)
  }

  private static func text(of code: CURLcode) -> String { unsafe String(cString: curl_easy_strerror(code)) }
}
