<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Monolog\Logger;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Reference;

/**
 * One logger a channel, as MonologBundle's LoggerChannelPass: services tagged "monolog.logger" get that of their channel.
 */
final class StandInLoggerPass implements CompilerPassInterface
{
    public function process(ContainerBuilder $container): void
    {
        foreach ($container->findTaggedServiceIds('monolog.logger') as $id => $tags) {
            foreach ($tags as $tag) {
                if ('app' !== ($channel = $container->resolveEnvPlaceholders($tag['channel'] ?? 'app'))) {
                    $this->replace($container->getDefinition($id), new Reference($this->logger($container, $channel)));
                }
            }
        }
        array_map(fn (string $channel) => $this->logger($container, $channel), $container->getParameter('stand_in.channels'));
        $processors = $this->processors($container);
        foreach ($container->getDefinitions() as $id => $definition) {
            if ('monolog.logger' === $id || str_starts_with($id, 'monolog.logger.')) {
                $this->equip($container, $definition, $processors);
            }
        }
    }

    private function logger(ContainerBuilder $container, string $channel): string
    {
        $id = "monolog.logger.$channel";
        if (!$container->hasDefinition($id)) {
            $container->register($id, Logger::class)->setArguments([$channel]);
        }

        return $id;
    }

    private function replace(Definition $definition, Reference $logger): void
    {
        $isLogger = static fn (mixed $argument) => $argument instanceof Reference && 'logger' === (string) $argument;
        foreach ($definition->getArguments() as $i => $argument) {
            if ($isLogger($argument)) {
                $definition->replaceArgument($i, $logger);
            }
        }
        $calls = $definition->getMethodCalls();
        foreach ($calls as [$method, &$arguments]) {
            $arguments = array_map(static fn (mixed $argument) => $isLogger($argument) ? $logger : $argument, $arguments);
        }
        unset($arguments);
        $definition->setMethodCalls($calls);
    }

    /** @return list<string> the processors of all loggers; those of one handler are given to it */
    private function processors(ContainerBuilder $container): array
    {
        $processors = [];
        foreach ($container->findTaggedServiceIds('monolog.processor') as $id => $tags) {
            if (isset($tags[0]['handler'])) {
                $container->findDefinition('monolog.handler.'.$tags[0]['handler'])->addMethodCall('pushProcessor', [new Reference($id)]);
            } else {
                $processors[] = $id;
            }
        }

        return $processors;
    }

    private function equip(ContainerBuilder $container, Definition $logger, array $processors): void
    {
        $channel = $logger->getArgument(0);
        foreach (array_reverse($container->getParameter('stand_in.handlers')) as $id => $channels) {
            $excluded = str_starts_with($channels[0] ?? '', '!');
            if (!$channels || $excluded !== \in_array($excluded ? "!$channel" : $channel, $channels, true)) {
                $logger->addMethodCall('pushHandler', [new Reference($id)]);
            }
        }
        foreach ($processors as $id) {
            $logger->addMethodCall('pushProcessor', [new Reference($id)]);
        }
    }
}
