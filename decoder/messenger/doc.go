// Package messenger reads and writes messages as Symfony Messenger's PhpSerializer and Symfony serializer do: the body, the
// headers, the Envelope and its stamps. Source: symfony/messenger 5.4 to 8.1, Transport/Serialization and Envelope.php.
//
// Start with [OpenMessage]: it opens a message as a transport stores it, returns its class and its stamps, and makes what a
// worker sends after a failure. [Open] is for callers that have parsed the envelope already.
//
// # The body
//
// PhpSerializer writes addslashes(serialize($envelope)), and in base64 when that is not UTF-8:
//
//	O:36:\"Symfony\\Component\\Messenger\\Envelope\":2:{...}
//	TzozNjpcIlN5bWZvbnlc...
//
// All versions from 5.4 to 7.2 skip in base64 what does not belong there, newer ones refuse it; what any of them reads
// is read here. Signed messages (7.4: headers Body-Sign and Sign-Algo) have the same body; [Signer] verifies them.
//
// The Symfony serializer writes the message alone, in a format that the header Content-Type names, mostly JSON. The
// header type is the message's class, and each class of stamps has a header of its own, X-Message-Stamp-<class>.
//
// # The envelope
//
//	Symfony\Component\Messenger\Envelope
//	  private stamps    array: class of stamp => list of stamps, in the order in which the classes were first added
//	  private message   the message, an object
//
// The stamps come first, so adding one moves the slots of every back reference in the message; [Envelope.AddStamps]
// leaves that to phpserialize.Builder.
//
// # Failed messages
//
// [Opened.Failure], [Opened.Retries] and similar methods return what the stamps say; [Opened.Retry] and [Opened.Park]
// return what Symfony's worker would send after a failed attempt. They add stamps in this order:
//
//	RedisReceiver                  TransportMessageIdStamp, removed and added (6.1+)
//	AddErrorDetailsStampListener   ErrorDetailsStamp, unless the last one equals it
//	to be retried                  DelayStamp, RedeliveryStamp; of each ten at most
//	to the failure transport       SentToFailureTransportStamp, DelayStamp of 0, RedeliveryStamp of 0
//
// [Wrap] makes an envelope around a message that has none.
package messenger
