package messenger

import "bytes"

// The headers of an entry that somebody here looks at. PhpSerializer writes none, the Symfony serializer the first two
// and one for each class of stamps, the signing serializer of 7.4 the last two.
const (
	HeaderType        = "type"             // class of the message, or the name that it is mapped to (8.1)
	HeaderContentType = "Content-Type"     // format of the body, such as application/json
	HeaderStampPrefix = "X-Message-Stamp-" // and the class of the stamps, whose list is the value
	HeaderSignature   = "Body-Sign"        // see Signer
	HeaderAlgorithm   = "Sign-Algo"        // such as sha256
)

// IsJSON reports whether a Content-Type is one of JSON; the empty one is, since JSON is the default format.
func IsJSON(contentType []byte) bool {
	const plain, suffix = "application/json", "+json"
	media, _, _ := bytes.Cut(contentType, []byte{';'})
	media = bytes.TrimSpace(media)
	return len(media) == 0 || bytes.EqualFold(media, []byte(plain)) ||
		len(media) > len(suffix) && bytes.EqualFold(media[len(media)-len(suffix):], []byte(suffix))
}
