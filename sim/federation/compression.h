#pragma once
// What an experiment compresses, in either direction. Up goes a client's delta, encoded for its turn; down goes a model
// version, encoded once for all. What a method sends beside them (control variates and the like) goes as 32-bit floats:
// changed on the way, it would be another method.
//
// Error feedback keeps at the client what the codec lost, and adds it to the next delta. The client's memory is part of
// its state: it commits with an accepted report, and is in checkpoints.

#include <memory>
#include <string>

#include "sim/federation/algorithm.h"
#include "sim/federation/codec.h"

namespace fedtide {

/// Delta is what local training gave, C the codec, e and g the client's memory, zero at first.
enum class ErrorFeedback {
  none,
  ef14,  ///< p = e + Delta; sends C(p); e <- p - C(p)
  ef21,  ///< sends C(Delta - g); both sides: g <- g + C(Delta - g); the server takes g for Delta
};

struct Compression {
  std::shared_ptr<const Codec> up;
  std::shared_ptr<const Codec> down;
  std::string up_name;
  std::string down_name;
  ErrorFeedback feedback = ErrorFeedback::none;

  /// Clients keep a memory of the codec.
  bool remembers() const { return feedback != ErrorFeedback::none; }
  bool lossless() const { return up->lossless() && down->lossless(); }
  /// Of one dispatch and one report: a model or delta of d, and scalars beside it.
  Bytes bytes_down(Index d, Index beside) const { return down->bytes(d) + Bytes{4 * beside}; }
  Bytes bytes_up(Index d, Index beside) const { return up->bytes(d) + Bytes{4 * beside}; }

  /// Why it is not for a model of d weights: the name of the key and the reason; both empty when it is.
  std::pair<std::string, std::string> mismatch(Index d) const;
};

/// Reads `compression:`.
Compression read_compression(Section& section);

/// What arrives of v. A vector that is not finite has no encoding and arrives as it is, for the receiver to see.
void transmit(const Codec& codec, Stream stream, Vector<float>& v);
/// The model as clients receive it; the same vector where nothing is lost.
SharedVector<float> received(const Codec& codec, Stream stream, const SharedVector<float>& model);

/// The method's part of a client's state: without the codec's memory, which is behind it. Empty: none.
std::span<const float> method_state(const Vector<float>& state, const Compression& compression, Index d);
/// Puts the output's delta and state in the form in which the server and the client have them after the report.
/// before: the client's whole state; may be null.
void send_up(const Compression& compression, Stream stream, const Vector<float>* before, ClientOutput<float>& output);

}  // namespace fedtide
