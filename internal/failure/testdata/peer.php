<?php

declare(strict_types=1);

/*
 * The PHP side of a failure: Symfony's own worker, listeners and commands, from Debian's packages.
 *
 *     php peer.php send DSN [log]                 sends one message to a Redis transport, or a record
 *     php peer.php fail|handle DSN FAILED COUNT   consumes so many, and throws, or tells of each as JSON; with a failure
 *                                                 transport, a DSN of Redis or an SQLite file, nothing is retried
 *     php peer.php show|retry FILE [ID]           runs messenger:failed:* on the Doctrine transport in an SQLite file
 *     php peer.php table FILE                     makes its table
 *     php peer.php strategy ARGUMENTS             tells as JSON how long a strategy waits before retries 0 to 5, or what is wrong
 *     php peer.php zone                           names the time zone of the times in it
 */

namespace App\Message {
    final class Part
    {
        public $of;
        public $name = 'part';
    }

    final class LogMessage
    {
        public string $channel = 'billing';
        public string $level = 'warning';
        public string $message = 'Payment was declined';
        public array $context = ['order' => 4711];
        public \DateTimeImmutable $timestamp;

        public function __construct()
        {
            $this->timestamp = new \DateTimeImmutable('2024-01-02 03:04:05');
        }
    }

    final class Order
    {
        public $lines;
        protected $first;
        private $same;
        public $text;

        public static function make(): self
        {
            $order = new self();
            $shared = new Part();
            $shared->of = new \DateTimeImmutable('2024-01-02 03:04:05.678', new \DateTimeZone('Europe/Paris'));
            $name = "bytes \xff \0";
            $list = [1, 2.5, 'é'];
            $order->lines = [$shared, $shared, &$name, &$name, 'list' => &$list];
            $order->first = $shared;
            $order->same = [$shared->of, &$list];
            $order->text = &$name;

            return $order;
        }
    }
}

namespace Peer {
    use App\Message\LogMessage;
    use App\Message\Order;
    use Doctrine\DBAL\Configuration;
    use Doctrine\DBAL\DriverManager;
    use Doctrine\DBAL\Schema\DefaultSchemaManagerFactory;
    use Symfony\Component\Console\Application;
    use Symfony\Component\Console\Input\ArrayInput;
    use Symfony\Component\Console\Output\StreamOutput;
    use Symfony\Component\EventDispatcher\EventDispatcher;
    use Symfony\Component\Messenger\Bridge\Doctrine\Transport\Connection;
    use Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineTransport;
    use Symfony\Component\Messenger\Bridge\Redis\Transport\RedisTransportFactory;
    use Symfony\Component\Messenger\Command\FailedMessagesRetryCommand;
    use Symfony\Component\Messenger\Command\FailedMessagesShowCommand;
    use Symfony\Component\Messenger\Envelope;
    use Symfony\Component\Messenger\Event\WorkerMessageReceivedEvent;
    use Symfony\Component\Messenger\EventListener\AddErrorDetailsStampListener;
    use Symfony\Component\Messenger\EventListener\SendFailedMessageForRetryListener;
    use Symfony\Component\Messenger\EventListener\SendFailedMessageToFailureTransportListener;
    use Symfony\Component\Messenger\EventListener\StopWorkerOnMessageLimitListener;
    use Symfony\Component\Messenger\Handler\HandlersLocator;
    use Symfony\Component\Messenger\MessageBus;
    use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
    use Symfony\Component\Messenger\Retry\MultiplierRetryStrategy;
    use Symfony\Component\Messenger\Stamp\BusNameStamp;
    use Symfony\Component\Messenger\Stamp\ErrorDetailsStamp;
    use Symfony\Component\Messenger\Stamp\RedeliveryStamp;
    use Symfony\Component\Messenger\Stamp\SentToFailureTransportStamp;
    use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
    use Symfony\Component\Messenger\Worker;
    use Symfony\Contracts\Service\ServiceLocatorTrait;
    use Symfony\Contracts\Service\ServiceProviderInterface;

    foreach (['Symfony/Component/Messenger', 'Symfony/Component/Messenger/Bridge/Redis', 'Symfony/Component/Messenger/Bridge/Doctrine',
        'Symfony/Component/Console', 'Symfony/Component/EventDispatcher', 'Symfony/Component/ErrorHandler', 'Doctrine/DBAL'] as $package) {
        require_once '/usr/share/php/'.$package.'/autoload.php';
    }
    error_reporting(\E_ALL & ~\E_DEPRECATED & ~\E_USER_DEPRECATED);

    final class Services implements ServiceProviderInterface
    {
        use ServiceLocatorTrait;
    }

    function transport(string $dsn): object
    {
        return (new RedisTransportFactory())->createTransport($dsn, [], new PhpSerializer());
    }

    function tell(Envelope $envelope): void
    {
        $message = $envelope->getMessage();
        $error = $envelope->last(ErrorDetailsStamp::class);
        echo json_encode([
            'class' => $message::class,
            'same' => $message == Order::make() && serialize($message) === serialize(Order::make()),
            'retries' => $envelope->last(RedeliveryStamp::class)?->getRetryCount() ?? 0,
            'stamps' => count($envelope->all(RedeliveryStamp::class)),
            'error' => $error?->getExceptionMessage(),
            'errorClass' => $error?->getExceptionClass(),
            'receiver' => $envelope->last(SentToFailureTransportStamp::class)?->getOriginalReceiverName(),
            'bus' => $envelope->last(BusNameStamp::class)?->getBusName(),
            'body' => isset($message->encodedEnvelope) ? base64_encode($message->encodedEnvelope['body']) : null,
        ], \JSON_THROW_ON_ERROR | \JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    }

    function work(string $dsn, string $failed, int $count, bool $fails): void
    {
        $transports = ['async' => transport($dsn)];
        $bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator(['*' => [
            static function (object $message) use ($fails): void {
                $fails && throw new \RuntimeException('No such customer.');
            },
        ]]))]);
        $events = new EventDispatcher();
        $events->addListener(WorkerMessageReceivedEvent::class, static fn ($event) => $fails || tell($event->getEnvelope()));
        $events->addSubscriber(new AddErrorDetailsStampListener());
        $events->addSubscriber(new SendFailedMessageForRetryListener(
            new Services(['async' => static fn () => $transports['async']]),
            new Services(['async' => static fn () => new MultiplierRetryStrategy('' === $failed ? 20 : 0, 20)]),
        ));
        if ('' !== $failed) {
            $events->addSubscriber(new SendFailedMessageToFailureTransportListener(new Services(['async' => static fn () => is_file($failed) ? doctrine($failed) : transport($failed)])));
        }
        $events->addSubscriber(new StopWorkerOnMessageLimitListener($count));
        (new Worker($transports, $bus, $events))->run(['sleep' => 5000]);
    }

    function doctrine(string $file): DoctrineTransport
    {
        $configuration = new Configuration();
        $configuration->setSchemaManagerFactory(new DefaultSchemaManagerFactory());
        $database = DriverManager::getConnection(['driver' => 'pdo_sqlite', 'path' => $file], $configuration);

        return new DoctrineTransport(new Connection(['table_name' => 'messenger_messages', 'queue_name' => 'failed', 'auto_setup' => false, 'redeliver_timeout' => 3600], $database), new PhpSerializer());
    }

    /** What tells the versions apart: before 6.3 the bridge writes the time zone of PHP, then UTC. */
    function zone(): string
    {
        $newer = method_exists(Connection::class, 'keepalive') || method_exists(Connection::class, 'executeInsert');

        return $newer ? 'UTC' : date_default_timezone_get();
    }

    /** The last of the arguments, the jitter, is left out by versions that have none. */
    function strategy(array $arguments): mixed
    {
        $known = (new \ReflectionMethod(MultiplierRetryStrategy::class, '__construct'))->getNumberOfParameters();
        try {
            $strategy = new MultiplierRetryStrategy(...\array_slice($arguments, 0, $known));
        } catch (\InvalidArgumentException $e) {
            return ['error' => $e->getMessage()];
        }
        $waiting = static fn (int $n) => $strategy->getWaitingTime(new Envelope(new \stdClass(), [new RedeliveryStamp($n)]));

        return ['waits' => array_map($waiting, range(0, 5))];
    }

    function command(string $name, string $file, string $id): int
    {
        $transports = new Services(['failed' => static fn () => doctrine($file)]);
        $bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator(['*' => [static fn (object $m) => tell(new Envelope($m))]]))]);
        $console = new Application();
        $console->setAutoExit(false);
        $commands = [new FailedMessagesShowCommand('failed', $transports), new FailedMessagesRetryCommand('failed', $transports, $bus, new EventDispatcher())];
        foreach ($commands as $command) {
            method_exists($console, 'addCommand') ? $console->addCommand($command) : $console->add($command);
        }
        $options = 'show' === $name ? ['-vv' => true] : ['--force' => true];
        $arguments = '' === $id ? [] : ['id' => 'show' === $name ? $id : [$id]];
        $input = new ArrayInput(['command' => 'messenger:failed:'.$name] + $arguments + $options);
        $input->setInteractive(false);

        return $console->run($input, new StreamOutput(\STDOUT, StreamOutput::VERBOSITY_VERY_VERBOSE));
    }

    $argv += [2 => '', 3 => ''];
    [, $mode, $where] = $argv;
    match ($mode) {
        'send' => transport($where)->send(new Envelope('log' === $argv[3] ? new LogMessage() : Order::make(), [new BusNameStamp('messenger.bus.default')])),
        'fail', 'handle' => work($where, $argv[3], (int) $argv[4], 'fail' === $mode),
        'table' => doctrine($where)->setup(),
        'strategy' => print(json_encode(strategy(json_decode($where)))),
        'zone' => print(zone()),
        'show', 'retry' => exit(command($mode, $where, $argv[3])),
    };
}
