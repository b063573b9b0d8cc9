import Models

/// Every mix that this version knows.
package enum Mixes {
  /// From small to large.
  package static let all: [Mix] = [
    q1_0, iq1_s, tq1_0, iq1_m, iq2_xxs, tq2_0, q2_0, iq2_xs, iq2_s, iq2_m, q2_k_s, q2_k, iq3_xxs, iq3_xs, iq3_s, q3_k_s,
    iq3_m, q3_k_m, q3_k_l, iq4_xs, iq4_nl, q4_0, q4_1, q4_k_s, q4_k_m, q5_0, q5_1, q5_k_s,
    q5_k_m, q6_k, q8_0,
  ]

  /// Whether a format of a matrix of this role is only of use where the importance of columns guides it.
  package static func needsImportance(_ format: String, for role: Role) -> Bool {
    ["iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq3_xxs"].contains(format) && !isTable(role)
  }

  static func isTable(_ role: Role) -> Bool { role == .tokenEmbedding || role == .output }

  /// The mix of that name, or nil.
  package static func named(_ name: String) -> Mix? {
    all.first { $0.name == name }
  }
}
