<?php

declare(strict_types=1);

/*
 * The other side of a Doctrine transport: Symfony's own classes, from Debian's packages, as a process that is told by one
 * JSON object a line what to do and answers each with one: {"result": ...} or {"error": "Class: message"}.
 */

namespace App\Message {
    final class Report
    {
        public function __construct(public string $text)
        {
        }
    }
}

namespace Peer {
    use App\Message\Report;
    use Doctrine\DBAL\Configuration;
    use Doctrine\DBAL\Connection as Database;
    use Doctrine\DBAL\DriverManager;
    use Doctrine\DBAL\Platforms\PostgreSQLPlatform;
    use Doctrine\DBAL\Schema\DefaultSchemaManagerFactory;
    use Doctrine\DBAL\Tools\DsnParser;
    use Doctrine\DBAL\Types\ArrayType;
    use Psr\Container\ContainerInterface;
    use Symfony\Component\Console\Application;
    use Symfony\Component\Console\Input\ArrayInput;
    use Symfony\Component\Console\Output\BufferedOutput;
    use Symfony\Component\EventDispatcher\EventDispatcher;
    use Symfony\Component\Messenger\Bridge\Doctrine\Transport\Connection;
    use Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineTransport;
    use Symfony\Component\Messenger\Bridge\Doctrine\Transport\PostgreSqlConnection;
    use Symfony\Component\Messenger\Command\ConsumeMessagesCommand;
    use Symfony\Component\Messenger\Command\FailedMessagesRemoveCommand;
    use Symfony\Component\Messenger\Command\FailedMessagesRetryCommand;
    use Symfony\Component\Messenger\Command\FailedMessagesShowCommand;
    use Symfony\Component\Messenger\Envelope;
    use Symfony\Component\Messenger\Handler\HandlersLocator;
    use Symfony\Component\Messenger\MessageBus;
    use Symfony\Component\Messenger\MessageBusInterface;
    use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
    use Symfony\Component\Messenger\RoutableMessageBus;
    use Symfony\Component\Messenger\Stamp\BusNameStamp;
    use Symfony\Component\Messenger\Stamp\DelayStamp;
    use Symfony\Component\Messenger\Stamp\ErrorDetailsStamp;
    use Symfony\Component\Messenger\Stamp\RedeliveryStamp;
    use Symfony\Component\Messenger\Stamp\SentToFailureTransportStamp;
    use Symfony\Component\Messenger\Stamp\TransportMessageIdStamp;
    use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
    use Symfony\Contracts\Service\ServiceLocatorTrait;
    use Symfony\Contracts\Service\ServiceProviderInterface;

    foreach (['Symfony/Component/Messenger', 'Symfony/Component/Messenger/Bridge/Doctrine', 'Symfony/Component/Console',
        'Symfony/Component/EventDispatcher', 'Symfony/Component/ErrorHandler', 'Doctrine/DBAL'] as $package) {
        require_once '/usr/share/php/'.$package.'/autoload.php';
    }
    error_reporting(\E_ALL & ~\E_DEPRECATED & ~\E_USER_DEPRECATED);
    set_error_handler(static function (int $level, string $text, string $file, int $line): bool {
        return 0 === (error_reporting() & $level) ? false : throw new \ErrorException($text, 0, $level, $file, $line);
    });

    /** Services by name, as the framework's locators hold them. */
    final class Services implements ServiceProviderInterface
    {
        use ServiceLocatorTrait;
    }

    final class Peer
    {
        private Database $database;
        private Connection $connection;
        private DoctrineTransport $transport;
        /** @var array<string, Envelope> */
        private array $handedOut = [];
        /** @var list<string> */
        private array $handled = [];

        /** @param array<string, mixed> $options of Connection */
        public function connect(string $url, array $options, string $zone): array
        {
            date_default_timezone_set($zone);
            $parameters = (new DsnParser(['postgresql' => 'pdo_pgsql', 'mysql' => 'pdo_mysql', 'sqlite' => 'pdo_sqlite']))->parse($url);
            $parameters['charset'] ??= 'pdo_mysql' === $parameters['driver'] ? 'utf8mb4' : 'utf8'; // as DoctrineBundle does
            $configuration = new Configuration();
            $configuration->setSchemaManagerFactory(new DefaultSchemaManagerFactory());
            $this->database = DriverManager::getConnection($parameters, $configuration);
            $class = $this->database->getDatabasePlatform() instanceof PostgreSQLPlatform ? PostgreSqlConnection::class : Connection::class;
            $this->connection = new $class($options, $this->database);
            $this->transport = new DoctrineTransport($this->connection, new PhpSerializer());

            return ['symfony' => $this->version(), 'identity' => !class_exists(ArrayType::class)];
        }

        /** What tells the versions of the bridge apart: Debian's packages name none. */
        private function version(): string
        {
            return match (true) {
                method_exists(Connection::class, 'keepalive') => '7.4',
                method_exists(Connection::class, 'executeInsert') => '6.4',
                default => '5.4',
            };
        }

        public function setup(): void
        {
            $this->transport->setup();
        }

        /** A message that has failed, as SendFailedMessageToFailureTransportListener sends it. */
        private function failed(string $text): Envelope
        {
            return new Envelope(new Report($text), [
                new BusNameStamp('messenger.bus.default'),
                ErrorDetailsStamp::create(new \RuntimeException('No such customer: é')),
                new SentToFailureTransportStamp('async'),
                new DelayStamp(0),
                new RedeliveryStamp(0),
            ]);
        }

        /** What is stored of a failed message; the text is given in base64, since it can be bytes. */
        public function encode(string $text): array
        {
            return (new PhpSerializer())->encode($this->failed(base64_decode($text)));
        }

        /** Sends a failed message, and tells its id and what was stored. */
        public function send(string $text): array
        {
            $envelope = $this->failed(base64_decode($text));
            $id = $this->transport->send($envelope)->last(TransportMessageIdStamp::class)->getId();

            return ['id' => (string) $id] + (new PhpSerializer())->encode($envelope);
        }

        /** @param list<array{Name: string, Value: string}> $headers */
        public function store(string $body, array $headers, int $delay): string
        {
            return (string) $this->connection->send($body, array_column($headers, 'Value', 'Name'), $delay);
        }

        public function get(): ?array
        {
            foreach ($this->transport->get() as $envelope) {
                $message = $this->describe($envelope);
                $this->handedOut[$message['id']] = $envelope;

                return $message;
            }

            return null;
        }

        /** Gets and acknowledges until nothing is left. @return list<string> the ids */
        public function drain(): array
        {
            $ids = [];
            while (null !== $message = $this->get()) {
                $this->ack($ids[] = $message['id']);
            }

            return $ids;
        }

        public function ack(string $id): void
        {
            $this->transport->ack($this->handedOut[$id]);
        }

        public function reject(string $id): void
        {
            $this->transport->reject($this->handedOut[$id]);
        }

        public function all(): array
        {
            return array_map($this->describe(...), iterator_to_array($this->transport->all(), false));
        }

        public function find(string $id): ?array
        {
            $envelope = $this->transport->find($id);

            return null === $envelope ? null : $this->describe($envelope);
        }

        public function count(): int
        {
            return (int) $this->transport->getMessageCount();
        }

        private function describe(Envelope $envelope): array
        {
            return [
                'id' => (string) $envelope->last(TransportMessageIdStamp::class)->getId(),
                'text' => base64_encode($envelope->getMessage()->text),
                'error' => $envelope->last(ErrorDetailsStamp::class)->getExceptionMessage(),
            ];
        }

        /** Runs a command of Symfony's console on the transport, which is named failed. */
        public function command(array $arguments): array
        {
            $this->handled = [];
            $output = new BufferedOutput();
            $input = new ArrayInput($arguments);
            $input->setInteractive(false);
            $exit = $this->console()->run($input, $output);

            return ['exit' => $exit, 'output' => $output->fetch(), 'handled' => array_map('base64_encode', $this->handled)];
        }

        private function console(): Application
        {
            $transports = new Services(['failed' => fn () => $this->transport]);
            $bus = $this->bus();
            $events = new EventDispatcher();
            $console = new Application();
            $console->setAutoExit(false);
            foreach ([
                new FailedMessagesShowCommand('failed', $transports),
                new FailedMessagesRemoveCommand('failed', $transports),
                new FailedMessagesRetryCommand('failed', $transports, $bus, $events),
                new ConsumeMessagesCommand(new RoutableMessageBus(new Services(['messenger.bus.default' => fn () => $bus])), $transports, $events, null, ['failed']),
            ] as $command) {
                method_exists($console, 'addCommand') ? $console->addCommand($command) : $console->add($command);
            }

            return $console;
        }

        private function bus(): MessageBusInterface
        {
            $handler = function (Report $report): void {
                $this->handled[] = $report->text;
            };

            return new MessageBus([new HandleMessageMiddleware(new HandlersLocator([Report::class => [$handler]]))]);
        }
    }

    $peer = new Peer();
    while (false !== $line = fgets(\STDIN)) {
        try {
            [$method, $arguments] = json_decode($line, true, 16, \JSON_THROW_ON_ERROR);
            $answer = ['result' => $peer->$method(...$arguments)];
        } catch (\Throwable $e) {
            $answer = ['error' => $e::class.': '.$e->getMessage()];
        }
        echo json_encode($answer, \JSON_THROW_ON_ERROR | \JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    }
}
