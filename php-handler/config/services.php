<?php

declare(strict_types=1);

namespace Symfony\Component\DependencyInjection\Loader\Configurator;

use Envelog\Command\ReplayCommand;
use Envelog\Command\TestLoggingCommand;
use Envelog\EventListener\FlushSubscriber;
use Envelog\EventListener\SignalSubscriber;
use Envelog\File\LogFiles;
use Envelog\LogMessage;
use Envelog\LogMessageHandler;
use Envelog\MessengerLogHandler;
use Envelog\Outbox\Buffer;
use Envelog\Outbox\CircuitBreaker;
use Envelog\Outbox\Delivery;
use Envelog\Outbox\LazySender;
use Envelog\Outbox\Outbox;
use Envelog\Outbox\OutageNotifier;
use Envelog\Outbox\SenderFactory;
use Envelog\Record\ContextNormalizer;
use Envelog\Record\LogMessageFormatter;
use Envelog\Record\MessageInterpolator;
use Envelog\Record\Redactor;
use Envelog\SendingFilter;

return static function (ContainerConfigurator $container): void {
    // The environment variable decides at run time; without it, records are sent.
    $container->parameters()->set('envelog.enabled_by_default', true);

    $container->services()
        ->set('envelog.handler', MessengerLogHandler::class)
            ->args([service('envelog.outbox'), service('envelog.formatter'), param('envelog.level'), param('envelog.bubble')])
        ->alias(MessengerLogHandler::class, 'envelog.handler')

        // The third argument is envelog.before_send.
        ->set('envelog.formatter', LogMessageFormatter::class)
            ->args([
                inline_service(ContextNormalizer::class)->args([service('envelog.redactor')]),
                inline_service(MessageInterpolator::class)->args([service('envelog.redactor')]),
                null,
            ])
        ->set('envelog.redactor', Redactor::class)
            ->args([param('envelog.redact'), param('envelog.redact_patterns')])

        ->set('envelog.outbox', Outbox::class)
            ->args([
                service('envelog.delivery'),
                inline_service(Buffer::class)->args([param('envelog.buffer.size'), param('envelog.buffer.seconds'), param('envelog.buffer.bytes')]),
                param('envelog.buffer.level'),
                '%env(bool:default:envelog.enabled_by_default:ASYNC_LOGGING_ENABLED)%',
            ])
            ->tag('kernel.reset', ['method' => 'flush'])
        ->alias(Outbox::class, 'envelog.outbox')

        ->set('envelog.delivery', Delivery::class)
            ->args([
                service('envelog.sender'),
                service('envelog.files'),
                inline_service(CircuitBreaker::class)->args([param('envelog.fallback.retry_after'), service_closure('envelog.shared_outage')]),
                param('envelog.fallback.timeout'),
                service_closure('envelog.notifier'),
            ])

        // Its logger has handlers, of which envelog's is one: it is made when there is something to say.
        ->set('envelog.notifier', OutageNotifier::class)
            ->args([service('logger'), service('event_dispatcher')->nullOnInvalid(), param('envelog.fallback.dir'), param('envelog.fallback.retry_after')])
            ->tag('monolog.logger', ['channel' => 'messenger'])

        ->set('envelog.sender', LazySender::class)
            ->args([service_closure('envelog.transport_sender')])

        // Its arguments, envelog.transport_sender and envelog.shared_outage are TransportPass's.
        ->set('envelog.sender_factory', SenderFactory::class)
            ->args([abstract_arg('the bus'), abstract_arg('its id'), abstract_arg('the other transports')])

        ->set('envelog.files', LogFiles::class)
            ->args([param('envelog.fallback.dir'), param('envelog.fallback.max_files'), param('envelog.fallback.file_permission')])

        ->set('envelog.flush_subscriber', FlushSubscriber::class)
            ->args([service('envelog.outbox'), param('envelog.transport')])
            ->tag('kernel.event_subscriber')

        ->set('envelog.signal_subscriber', SignalSubscriber::class)
            ->args([service('envelog.outbox')])
            ->tag('kernel.event_subscriber')

        ->set('envelog.sending_filter', SendingFilter::class)
            ->args([service('envelog.outbox')])

        ->set('envelog.message_handler', LogMessageHandler::class)
            ->args([service('envelog.files')])
            ->tag('messenger.message_handler', ['handles' => LogMessage::class])

        ->set('envelog.command.test_logging', TestLoggingCommand::class)
            ->args([service('logger'), service('envelog.outbox'), service('envelog.files'), param('envelog.transport')])
            ->tag('console.command', ['command' => 'app:test-logging'])

        ->set('envelog.command.replay', ReplayCommand::class)
            ->args([service('envelog.sender'), param('envelog.fallback.dir')])
            ->tag('console.command', ['command' => 'app:logs:replay'])
    ;
};
