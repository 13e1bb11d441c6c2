<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Monolog\Handler\BufferHandler;
use Monolog\Handler\DeduplicationHandler;
use Monolog\Handler\FilterHandler;
use Monolog\Handler\FingersCrossedHandler;
use Monolog\Handler\GroupHandler;
use Monolog\Handler\RotatingFileHandler;
use Monolog\Handler\StreamHandler;
use Monolog\Handler\WhatFailureGroupHandler;
use Monolog\Logger;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\ConfigurationInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\Reference;

final class StandInMonologExtension extends Extension implements ConfigurationInterface
{
    public function getAlias(): string
    {
        return 'monolog';
    }

    public function getConfiguration(array $config, ContainerBuilder $container): ?ConfigurationInterface
    {
        return $this;
    }

    public function getConfigTreeBuilder(): TreeBuilder
    {
        $tree = new TreeBuilder('monolog');
        $tree->getRootNode()->children()
            ->arrayNode('channels')->scalarPrototype()->end()->end()
            ->arrayNode('handlers')->useAttributeAsKey('name')->arrayPrototype()->children()
                ->enumNode('type')->values(['service', 'rotating_file', 'stream', 'fingers_crossed', 'group', 'whatfailuregroup', 'deduplication', 'filter', 'buffer'])->isRequired()->end()
                ->scalarNode('id')->end()
                ->scalarNode('handler')->end()
                ->scalarNode('action_level')->end()
                ->scalarNode('store')->end()
                ->booleanNode('nested')->defaultFalse()->end()
                ->arrayNode('members')->scalarPrototype()->end()->end()
                ->arrayNode('accepted_levels')->scalarPrototype()->end()->end()
                ->scalarNode('path')->end()
                ->scalarNode('level')->defaultValue('DEBUG')->end()
                ->integerNode('max_files')->defaultValue(0)->end()
                ->arrayNode('channels')->beforeNormalization()->castToArray()->end()->scalarPrototype()->end()->end();

        return $tree;
    }

    public function load(array $configs, ContainerBuilder $container): void
    {
        $config = $this->processConfiguration($this, $configs);
        $channels = [];
        foreach ($config['handlers'] as $name => $handler) {
            $id = $this->handler($container, $name, $handler);
            if (!$handler['nested']) {
                $channels[$id] = $handler['channels'];
            }
        }
        $container->setParameter('stand_in.handlers', $channels);
        $container->setParameter('stand_in.channels', $config['channels']);
        $container->register('monolog.logger', Logger::class)->setArguments(['app']);
        $container->setAlias('logger', 'monolog.logger');
        $container->setAlias(\Psr\Log\LoggerInterface::class, 'logger');
    }

    private function handler(ContainerBuilder $container, string $name, array $handler): string
    {
        $id = "monolog.handler.$name";
        $inner = isset($handler['handler']) ? new Reference("monolog.handler.$handler[handler]") : null;
        $members = array_map(static fn (string $name) => new Reference("monolog.handler.$name"), $handler['members']);
        match ($handler['type']) {
            'fingers_crossed' => $container->register($id, FingersCrossedHandler::class)->setArguments([$inner, $handler['action_level'] ?? 'warning']),
            'group' => $container->register($id, GroupHandler::class)->setArguments([$members]),
            'whatfailuregroup' => $container->register($id, WhatFailureGroupHandler::class)->setArguments([$members]),
            'deduplication' => $container->register($id, DeduplicationHandler::class)->setArguments([$inner, $handler['store']]),
            'filter' => $container->register($id, FilterHandler::class)->setArguments([$inner, $handler['accepted_levels']]),
            'buffer' => $container->register($id, BufferHandler::class)->setArguments([$inner]),
            'service' => $container->setAlias($id, $handler['id']),
            'rotating_file' => $container->register($id, RotatingFileHandler::class)->setArguments([$handler['path'], $handler['max_files'], $handler['level']]),
            'stream' => $container->register($id, StreamHandler::class)->setArguments([$handler['path'], $handler['level']]),
        };

        return $id;
    }
}
