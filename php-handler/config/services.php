<?php

declare(strict_types=1);

namespace Symfony\Component\DependencyInjection\Loader\Configurator;

use Envelog\Command\TestLoggingCommand;
use Envelog\File\LogFiles;
use Envelog\LogMessage;
use Envelog\LogMessageHandler;
use Envelog\MessengerLogHandler;
use Envelog\Outbox\CircuitBreaker;
use Envelog\Outbox\FlushSubscriber;
use Envelog\Outbox\LazySender;
use Envelog\Outbox\Outbox;
use Envelog\Outbox\SenderFactory;
use Envelog\Record\ContextNormalizer;
use Envelog\Record\LogMessageFormatter;
use Envelog\Record\Redactor;

return static function (ContainerConfigurator $container): void {
    // The environment variable decides at run time; without it, records are sent.
    $container->parameters()->set('envelog.enabled_by_default', true);

    $container->services()
        ->set('envelog.handler', MessengerLogHandler::class)
            ->args([service('envelog.outbox'), service('envelog.formatter')])
        ->alias(MessengerLogHandler::class, 'envelog.handler')

        ->set('envelog.formatter', LogMessageFormatter::class)
            ->args([inline_service(ContextNormalizer::class)->args([inline_service(Redactor::class)->args([param('envelog.redact')])])])

        ->set('envelog.outbox', Outbox::class)
            ->args([
                inline_service(LazySender::class)->args([service_closure('envelog.transport_sender')]),
                service('envelog.files'),
                inline_service(CircuitBreaker::class)->args([param('envelog.fallback.retry_after'), '%kernel.cache_dir%/envelog.down']),
                param('envelog.buffer.size'),
                param('envelog.buffer.level'),
                param('envelog.buffer.seconds'),
                '%env(bool:default:envelog.enabled_by_default:ASYNC_LOGGING_ENABLED)%',
            ])
            ->tag('kernel.reset', ['method' => 'flush'])
        ->alias(Outbox::class, 'envelog.outbox')

        // Its first arguments, and envelog.transport_sender, are TransportPass's.
        ->set('envelog.sender_factory', SenderFactory::class)
            ->args([abstract_arg('the bus'), abstract_arg('its id'), param('envelog.fallback.timeout')])

        ->set('envelog.files', LogFiles::class)
            ->args([param('envelog.fallback.dir'), param('envelog.fallback.max_files')])

        ->set('envelog.flush_subscriber', FlushSubscriber::class)
            ->args([service('envelog.outbox'), param('envelog.transport')])
            ->tag('kernel.event_subscriber')

        ->set('envelog.message_handler', LogMessageHandler::class)
            ->args([service('envelog.files')])
            ->tag('messenger.message_handler', ['handles' => LogMessage::class])

        ->set('envelog.command.test_logging', TestLoggingCommand::class)
            ->args([service('logger'), service('envelog.outbox'), service('envelog.files'), param('envelog.transport')])
            ->tag('console.command', ['command' => 'app:test-logging'])
    ;
};
