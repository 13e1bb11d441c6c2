<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Envelog\Record\Redactor;
use Symfony\Component\Config\Definition\Builder\ArrayNodeDefinition;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\ConfigurationInterface;

/**
 * The keys below "envelog" in the application's configuration.
 */
final class Configuration implements ConfigurationInterface
{
    private const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

    public function getConfigTreeBuilder(): TreeBuilder
    {
        $tree = new TreeBuilder('envelog');
        $root = $tree->getRootNode();
        $root->children()
            ->scalarNode('bus')
                ->defaultNull()
                ->info('Id of the message bus; by default the default bus.')
            ->end()
            ->scalarNode('transport')
                ->defaultValue('async_logging')->cannotBeEmpty()
                ->info('Name of the transport, as in framework.messenger.transports.')
            ->end()
        ->end();
        $root->append($this->buffer())->append($this->fallback())->append($this->redact());

        return $tree;
    }

    private function buffer(): ArrayNodeDefinition
    {
        $node = (new TreeBuilder('buffer'))->getRootNode();
        $node->canBeDisabled()->info('Records wait, and leave together in one round trip: at the latest when the request, the command or the message is done.')
            ->children()
                ->integerNode('size')
                    ->defaultValue(100)->min(1)->max(10000)
                    ->info('So many records do not wait any longer.')
                ->end()
                ->enumNode('level')
                    ->values(self::LEVELS)->defaultValue('error')
                    ->info('From this level on, a record does not wait, nor do those before it.')
                ->end()
                ->floatNode('seconds')
                    ->defaultValue(1.0)->min(0.001)
                    ->info('A record that comes so long after the first one takes all of them along.')
                ->end()
            ->end();

        return $node;
    }

    private function fallback(): ArrayNodeDefinition
    {
        $node = (new TreeBuilder('fallback'))->getRootNode();
        $node->addDefaultsIfNotSet()->info('Where records go that cannot be sent, and when that is.')
            ->children()
                ->scalarNode('dir')
                    ->defaultValue('%kernel.logs_dir%')->cannotBeEmpty()
                    ->info('Directory of <channel>-YYYY-MM-DD.log; LogMessageHandler writes there, too.')
                ->end()
                ->integerNode('max_files')
                    ->defaultValue(0)->min(0)
                    ->info('How many days of each channel are kept there; 0 for all.')
                ->end()
                ->floatNode('timeout')
                    ->defaultValue(1.0)->min(0.001)
                    ->info('Seconds to wait for a connection, and for each reply, where the DSN does not say.')
                ->end()
                ->integerNode('retry_after')
                    ->defaultValue(5)->min(1)
                    ->info('Seconds during which nobody tries again after a failure.')
                ->end()
            ->end();

        return $node;
    }

    private function redact(): ArrayNodeDefinition
    {
        $node = (new TreeBuilder('redact'))->getRootNode();
        $node->info('Words in keys of context and extra whose values are masked, beside the default ones; "!word" takes a default one away.')
            ->example(['iban', '!token'])
            ->scalarPrototype()->end()
            ->validate()
                ->always(static function (array $words): array {
                    new Redactor($words);

                    return $words;
                })
            ->end();

        return $node;
    }
}
