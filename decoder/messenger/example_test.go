package messenger_test

import (
	"fmt"
	"time"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/transport"
)

// A message that failed in PHP tells by its stamps why, where and how often.
func ExampleOpenMessage() {
	opened, err := messenger.OpenMessage(failedInPHP(), phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	classes, counts := opened.StampClasses()
	for i, class := range classes {
		fmt.Println(counts[i], class)
	}
	failure, _ := opened.Failure()
	fmt.Println(opened.Class(), "failed on", opened.Receiver(), "with", failure.Class)
	// Output:
	// 1 Symfony\Component\Messenger\Stamp\ErrorDetailsStamp
	// 1 Symfony\Component\Messenger\Stamp\SentToFailureTransportStamp
	// 1 Symfony\Component\Messenger\Stamp\DelayStamp
	// 1 Symfony\Component\Messenger\Stamp\RedeliveryStamp
	// App\Log failed on async with RuntimeException
}

// What is sent again has the stamps that Symfony's worker adds, so that PHP can take over.
func ExampleOpened_Retry() {
	opened, err := messenger.OpenMessage(transport.Message{Body: []byte(newMessage)}, phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	again, err := opened.Retry(messenger.Attempt{
		At:      time.Date(2026, 11, 23, 9, 49, 34, 0, time.UTC),
		Failure: messenger.Failure{Class: "RuntimeException", Message: "disk full"},
	}, time.Second)
	if err != nil {
		panic(err)
	}
	opened, err = messenger.OpenMessage(again, phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	fmt.Println(opened.Retries(), opened.FailedAt())
	// Output: 1 2026-11-23 09:49:34 +0000 UTC
}

// A signature is that of the application's secret, or the message may be forged.
func ExampleSigner_Verify() {
	signer, err := messenger.NewSigner("the application's APP_SECRET")
	if err != nil {
		panic(err)
	}
	m := signer.Sign(transport.Message{Body: []byte(newMessage)})
	fmt.Println(signer.Verify(m))
	m.Body = append(m.Body, ' ')
	fmt.Println(signer.Verify(m))
	// Output:
	// <nil>
	// invalid signature: signed with another secret, or changed since
}

// newMessage is the body of a message that nobody has handled yet, as PhpSerializer writes it.
const newMessage = `O:36:\"Symfony\\Component\\Messenger\\Envelope\":2:{s:44:\"\0Symfony\\Component\\Messenger\\Envelope\0stamps\";a:0:{}s:45:\"\0Symfony\\Component\\Messenger\\Envelope\0message\";O:7:\"App\\Log\":1:{s:7:\"message\";s:12:\"Order placed\";}}`

func failedInPHP() transport.Message {
	opened, err := messenger.OpenMessage(transport.Message{Body: []byte(newMessage)}, phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	m, err := opened.Park(messenger.Attempt{Failure: messenger.Failure{Class: "RuntimeException", Message: "disk full"}}, "async")
	if err != nil {
		panic(err)
	}
	return m
}
