<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Monolog\Handler\RotatingFileHandler;
use Monolog\Handler\StreamHandler;
use Monolog\Logger;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\ConfigurationInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\Extension;

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
                ->enumNode('type')->values(['service', 'rotating_file', 'stream'])->isRequired()->end()
                ->scalarNode('id')->end()
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
            $channels[$this->handler($container, $name, $handler)] = $handler['channels'];
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
        match ($handler['type']) {
            'service' => $container->setAlias($id, $handler['id']),
            'rotating_file' => $container->register($id, RotatingFileHandler::class)->setArguments([$handler['path'], $handler['max_files'], $handler['level']]),
            'stream' => $container->register($id, StreamHandler::class)->setArguments([$handler['path'], $handler['level']]),
        };

        return $id;
    }
}
