<?php

declare(strict_types=1);

/*
 * The PHP side of `make bench`: Symfony's own Worker, Redis receiver, PhpSerializer and message bus, with a handler
 * that writes one line a message through Monolog into var/log/<channel>-<day>.log. There is no container, no event
 * subscriber and no logger around it: this is the fastest that a PHP worker can be.
 *
 *     php worker.php DSN MESSAGES LOG-DIR
 */

use App\Logging\Message\LogMessage;
use Monolog\Formatter\LineFormatter;
use Monolog\Handler\StreamHandler;
use Monolog\Logger;
use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\Messenger\Bridge\Redis\Transport\RedisTransportFactory;
use Symfony\Component\Messenger\EventListener\StopWorkerOnMessageLimitListener;
use Symfony\Component\Messenger\Handler\HandlersLocator;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
use Symfony\Component\Messenger\Worker;

require __DIR__.'/bootstrap.php';

final class WriteLine
{
    /** @var array<string, StreamHandler> */
    private array $files = [];

    public function __construct(private readonly string $dir, private readonly LineFormatter $formatter)
    {
    }

    public function __invoke(LogMessage $message): void
    {
        $level = Logger::toMonologLevel($message->level);
        $this->file($message)->handle([
            'message' => $message->message,
            'context' => $message->context,
            'level' => $level,
            'level_name' => Logger::getLevelName($level),
            'channel' => $message->channel,
            'datetime' => $message->timestamp,
            'extra' => [],
        ]);
    }

    private function file(LogMessage $message): StreamHandler
    {
        $name = $message->channel.'-'.$message->timestamp->format('Y-m-d').'.log';

        return $this->files[$name] ??= (new StreamHandler($this->dir.'/'.$name))->setFormatter($this->formatter);
    }
}

[, $dsn, $messages, $dir] = $argv;
$formatter = new LineFormatter(null, 'Y-m-d\TH:i:s.uP');
$bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator([
    LogMessage::class => [new WriteLine($dir, $formatter)],
]))]);
$events = new EventDispatcher();
$events->addSubscriber(new StopWorkerOnMessageLimitListener((int) $messages));
$transport = (new RedisTransportFactory())->createTransport($dsn, [], new PhpSerializer());
(new Worker(['async_logging' => $transport], $bus, $events))->run(['sleep' => 0]);
