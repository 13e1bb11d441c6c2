<?php

declare(strict_types=1);

/*
 * The PHP side of `make bench`: Symfony's own Worker, Redis receiver, PhpSerializer and message bus, with a handler
 * that writes one line a message through Monolog. There is no container, no event subscriber and no logger around it:
 * this is the fastest that a PHP worker can be.
 *
 *     php worker.php DSN MESSAGES LOG-DIR
 */

use App\Logging\Message\LogMessage;
use App\WriteLine;
use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\Messenger\Bridge\Redis\Transport\RedisTransportFactory;
use Symfony\Component\Messenger\EventListener\StopWorkerOnMessageLimitListener;
use Symfony\Component\Messenger\Handler\HandlersLocator;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
use Symfony\Component\Messenger\Worker;

require __DIR__.'/bootstrap.php';
require __DIR__.'/WriteLine.php';

[, $dsn, $messages, $dir] = $argv;
$bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator([
    LogMessage::class => [new WriteLine($dir)],
]))]);
$events = new EventDispatcher();
$events->addSubscriber(new StopWorkerOnMessageLimitListener((int) $messages));
$transport = (new RedisTransportFactory())->createTransport($dsn, [], new PhpSerializer());
(new Worker(['async_logging' => $transport], $bus, $events))->run(['sleep' => 0]);
