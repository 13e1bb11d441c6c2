<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Envelog\LogMessage;
use Envelog\Outbox\Sender;
use Envelog\Outbox\SharedOutage;
use Envelog\Outbox\TransportAddress;
use Envelog\Outbox\UnconfiguredSender;
use Envelog\Redis\RedisDsn;
use Symfony\Component\DependencyInjection\Argument\ServiceClosureArgument;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Exception\LogicException;
use Symfony\Component\DependencyInjection\Reference;

/**
 * Ties the outbox to bus and transport as FrameworkBundle has defined them: the DSN, the options and the serializer are
 * the transport's own. Where nothing is configured yet, neither the transport nor a routing, the container is
 * built all the same, and records stay in local files that say what is missing.
 */
final class TransportPass implements CompilerPassInterface
{
    private const TRANSPORT = 'messenger.transport.';
    private const NAMESPACE = 'Envelog\*';

    public function process(ContainerBuilder $container): void
    {
        if (!$container->hasParameter('envelog.transport')) {
            return;
        }
        if (null !== $missing = $this->missing($container)) {
            $this->leaveUnconfigured($container, $missing);

            return;
        }
        $busId = $this->busId($container);
        $name = $container->getParameter('envelog.transport');
        $transport = $this->transport($container, $name);
        $container->getDefinition('envelog.sender_factory')
            ->replaceArgument(0, new ServiceClosureArgument(new Reference($busId)))
            ->replaceArgument(1, $busId)
            ->replaceArgument(2, $this->others($container, $name, $transport));
        $container->setDefinition('envelog.transport_sender', $this->sender($container, $name, $transport));
        $address = $this->isMadeByFactory($transport) ? \array_slice($transport->getArguments(), 0, 2) : [$name, []];
        $container->setDefinition('envelog.transport_address', new Definition(TransportAddress::class, $address));
        $container->setDefinition('envelog.shared_outage', (new Definition(SharedOutage::class))
            ->setFactory([TransportAddress::class, 'outage'])
            ->setArguments([new ServiceClosureArgument(new Reference('envelog.transport_address')), '%kernel.project_dir%', '%kernel.cache_dir%']));
    }

    /** What there would have to be; null when there is something of it, which then has to be right. */
    private function missing(ContainerBuilder $container): ?string
    {
        $name = $container->getParameter('envelog.transport');
        if ($container->getParameter('envelog.is_configured')) {
            return null;
        }
        if (!$container->has('messenger.default_bus')) {
            return 'framework.messenger is not configured';
        }
        if ($container->has(self::TRANSPORT.$name) || $this->isRouted($container)) {
            return null;
        }

        return sprintf('framework.messenger.transports has no "%s"', $name);
    }

    private function leaveUnconfigured(ContainerBuilder $container, string $missing): void
    {
        $reason = "envelog is not configured, $missing: see \"Install\" in the README of envelog/messenger-log-handler";
        $container->log($this, $reason);
        $container->setParameter('envelog.unconfigured', $reason);
        $container->setDefinition('envelog.transport_sender', new Definition(UnconfiguredSender::class, [$reason]));
        $container->setDefinition('envelog.shared_outage', new Definition(SharedOutage::class, ['', '%kernel.cache_dir%']));
        $container->removeDefinition('envelog.sender_factory');
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

    private function sender(ContainerBuilder $container, string $name, Definition $transport): Definition
    {
        $senders = $this->routes($container);
        if (!\in_array($name, $senders, true)) {
            throw new LogicException(sprintf("framework.messenger.routing must send \"%s\" to the transport \"%s\" of envelog.transport. In config/packages/messenger.yaml, add below routing: '%1\$s': %2\$s", LogMessage::class, $name));
        }
        $sender = new Definition(Sender::class);
        if (!$this->isMadeByFactory($transport)) {
            return $sender->setFactory([new Reference('envelog.sender_factory'), 'forDispatch']);
        }
        // The arguments that FrameworkBundle gives the transport factory: DSN, options, serializer. A transport that
        // is not the only one for these messages takes them from the bus.
        $method = [$name] === $senders && $container->getParameter('envelog.buffer.enabled') ? 'forBatches' : 'forDispatch';

        return $sender->setFactory([new Reference('envelog.sender_factory'), $method])->setArguments($transport->getArguments());
    }

    private function transport(ContainerBuilder $container, string $name): Definition
    {
        if ($container->has(self::TRANSPORT.$name)) {
            return $container->findDefinition(self::TRANSPORT.$name);
        }

        throw new LogicException(sprintf('envelog.transport is "%s", which framework.messenger.transports does not have; it has: "%s".', $name, implode('", "', array_keys($this->transports($container)))));
    }

    /**
     * The addresses of the other transports, each asked when the first message leaves. Where both are already known to
     * lead to one stream, the container is not built.
     *
     * @return array<string, ServiceClosureArgument>
     */
    private function others(ContainerBuilder $container, string $name, Definition $transport): array
    {
        if (!$this->isMadeByFactory($transport)) {
            return [];
        }
        $others = [];
        foreach ($this->transports($container) as $other => $definition) {
            if ($other === $name || !$this->isMadeByFactory($definition)) {
                continue;
            }
            $this->refuseSharedStream($container, $other, $definition, $transport);
            $id = "envelog.other_transport.$other";
            $container->setDefinition($id, new Definition(TransportAddress::class, \array_slice($definition->getArguments(), 0, 2)));
            $others[$other] = new ServiceClosureArgument(new Reference($id));
        }

        return $others;
    }

    private function refuseSharedStream(ContainerBuilder $container, string $name, Definition $other, Definition $transport): void
    {
        [$dsn, $options] = $transport->getArguments();
        [$otherDsn, $otherOptions] = $other->getArguments();
        $bag = $container->getParameterBag();
        [$dsn, $otherDsn] = [$container->resolveEnvPlaceholders($bag->resolveValue($dsn)), $container->resolveEnvPlaceholders($bag->resolveValue($otherDsn))];
        // A variable stands for whatever server it will name: equal texts will be equal DSNs.
        $known = static fn (string $dsn) => preg_replace('{^%env\([^%]*\)%}', 'redis://variable/', $dsn);
        if ($dsn !== $otherDsn && (str_contains($dsn, '%env(') || str_contains($otherDsn, '%env('))) {
            return;
        }
        $stream = RedisDsn::parse($known($dsn), $bag->resolveValue($options));
        if (null !== $stream && RedisDsn::parse($known($otherDsn), $bag->resolveValue($otherOptions))?->isSameStreamAs($stream)) {
            throw new LogicException(TransportAddress::refusal($name, str_contains($dsn, '%env(') ? $dsn : $stream->stream));
        }
    }

    /** @return array<string, Definition> by name */
    private function transports(ContainerBuilder $container): array
    {
        $transports = [];
        foreach ($container->findTaggedServiceIds('messenger.receiver') as $id => $tags) {
            $transports[$tags[0]['alias'] ?? $id] = $container->findDefinition($id);
        }

        return $transports;
    }

    private function isMadeByFactory(Definition $transport): bool
    {
        $factory = $transport->getFactory();

        return \is_array($factory) && 'messenger.transport_factory' === (string) $factory[0] && 'createTransport' === $factory[1] && 3 === \count($transport->getArguments());
    }

    /**
     * @return list<string> the names of the transports that the messages are routed to
     */
    private function routes(ContainerBuilder $container): array
    {
        $routing = $container->getDefinition('messenger.senders_locator')->getArgument(0);

        return array_values($routing[LogMessage::class] ?? $routing[self::NAMESPACE] ?? $routing['*'] ?? []);
    }

    /** Whether the routing names the log messages, and not only everything. */
    private function isRouted(ContainerBuilder $container): bool
    {
        $routing = $container->getDefinition('messenger.senders_locator')->getArgument(0);

        return isset($routing[LogMessage::class]) || isset($routing[self::NAMESPACE]);
    }
}
