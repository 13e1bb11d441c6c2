<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Envelog\LogMessage;
use Envelog\Outbox\Sender;
use Symfony\Component\DependencyInjection\Argument\ServiceClosureArgument;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Exception\LogicException;
use Symfony\Component\DependencyInjection\Reference;

/**
 * Ties the outbox to bus and transport as FrameworkBundle has defined them: the DSN, the options and the serializer are
 * the transport's own.
 */
final class TransportPass implements CompilerPassInterface
{
    private const TRANSPORT = 'messenger.transport.';

    public function process(ContainerBuilder $container): void
    {
        if (!$container->hasParameter('envelog.transport')) {
            return;
        }
        $busId = $this->busId($container);
        $container->getDefinition('envelog.sender_factory')
            ->replaceArgument(0, new ServiceClosureArgument(new Reference($busId)))
            ->replaceArgument(1, $busId);
        $container->setDefinition('envelog.transport_sender', $this->sender($container));
    }

    private function busId(ContainerBuilder $container): string
    {
        if (!$container->has('messenger.default_bus')) {
            throw new LogicException('envelog needs Messenger: configure framework.messenger in config/packages/messenger.yaml.');
        }
        $id = $container->getParameter('envelog.bus') ?? 'messenger.default_bus';
        while ($container->hasAlias($id)) {
            $id = (string) $container->getAlias($id);
        }
        $buses = array_keys($container->findTaggedServiceIds('messenger.bus'));
        if (!\in_array($id, $buses, true)) {
            throw new LogicException(sprintf('envelog.bus is "%s", which is no message bus; there are: "%s".', $id, implode('", "', $buses)));
        }

        return $id;
    }

    private function sender(ContainerBuilder $container): Definition
    {
        $name = $container->getParameter('envelog.transport');
        $transport = $this->transport($container, $name);
        $senders = $this->routes($container, $name);
        $sender = new Definition(Sender::class);
        // The arguments that FrameworkBundle gives the transport factory: DSN, options, serializer. A transport that
        // was made in another way, or is not the only one for these messages, takes them from the bus.
        if ([$name] === $senders && $container->getParameter('envelog.buffer.enabled') && $this->isMadeByFactory($transport)) {
            return $sender->setFactory([new Reference('envelog.sender_factory'), 'forBatches'])->setArguments($transport->getArguments());
        }

        return $sender->setFactory([new Reference('envelog.sender_factory'), 'forDispatch']);
    }

    private function transport(ContainerBuilder $container, string $name): Definition
    {
        if ($container->has(self::TRANSPORT.$name)) {
            return $container->findDefinition(self::TRANSPORT.$name);
        }
        $known = [];
        foreach ($container->findTaggedServiceIds('messenger.receiver') as $tags) {
            $known[] = $tags[0]['alias'] ?? null;
        }

        throw new LogicException(sprintf('envelog.transport is "%s", which framework.messenger.transports does not have; it has: "%s".', $name, implode('", "', array_filter($known))));
    }

    private function isMadeByFactory(Definition $transport): bool
    {
        $factory = $transport->getFactory();

        return \is_array($factory) && 'messenger.transport_factory' === (string) $factory[0] && 'createTransport' === $factory[1] && 3 === \count($transport->getArguments());
    }

    /**
     * @return list<string> the names of the transports that the messages are routed to
     */
    private function routes(ContainerBuilder $container, string $name): array
    {
        $routing = $container->getDefinition('messenger.senders_locator')->getArgument(0);
        $namespace = substr(LogMessage::class, 0, strrpos(LogMessage::class, '\\')).'\*';
        $senders = $routing[LogMessage::class] ?? $routing[$namespace] ?? $routing['*'] ?? [];
        if (!\in_array($name, $senders, true)) {
            throw new LogicException(sprintf("framework.messenger.routing must send \"%s\" to the transport \"%s\" of envelog.transport. In config/packages/messenger.yaml, add below routing: '%1\$s': %2\$s", LogMessage::class, $name));
        }

        return array_values($senders);
    }
}
