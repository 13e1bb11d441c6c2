<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Envelog\Record\Redactor;
use Symfony\Component\Config\Definition\Builder\ArrayNodeDefinition;
use Symfony\Component\Config\Definition\Builder\NodeBuilder;
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
            ->enumNode('level')
                ->values(self::LEVELS)->defaultValue('debug')
                ->info('The handler takes records from this level on.')
            ->end()
            ->booleanNode('bubble')
                ->defaultTrue()
                ->info('Whether handlers that come after this one get the record, too.')
            ->end()
        ->end();
        $root->append($this->buffer())->append($this->fallback())->append($this->redact())->append($this->redactPatterns());
        $root->children()
            ->scalarNode('before_send')
                ->defaultNull()
                ->info('Id of a service that is called with each Envelog\LogMessage, and returns the one to send, or null for none.')
            ->end()
        ->end();

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
                ->integerNode('bytes')
                    ->defaultValue(4 << 20)->min(1024)
                    ->info('Records of so many bytes do not wait any longer.')
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
        $children = $node->addDefaultsIfNotSet()->info('Where records go that cannot be sent, and when that is.')->children();
        $this->files($children);
        $children
            ->floatNode('timeout')
                ->defaultValue(0.3)->min(0.001)
                ->info('Seconds for all that one flush does: connect, log in, send, wait for the reply.')
            ->end()
            ->integerNode('retry_after')
                ->defaultValue(5)->min(1)
                ->info('Seconds during which nobody tries again after a failure.')
            ->end();

        return $node;
    }

    private function files(NodeBuilder $children): void
    {
        $children
            ->scalarNode('dir')
                ->defaultValue('%kernel.logs_dir%')->cannotBeEmpty()
                ->info('Directory of <channel>-YYYY-MM-DD.log; LogMessageHandler writes there, too.')
            ->end()
            ->integerNode('max_files')
                ->defaultValue(0)->min(0)
                ->info('How many days of each channel are kept there; 0 for all.')
            ->end()
            ->scalarNode('file_permission')
                ->defaultNull()
                ->info('Mode of new files, such as "0640"; by default the umask, or the directory\'s default ACL, decides.')
                ->beforeNormalization()
                    ->ifString()
                    ->then(static fn (string $mode) => 1 === preg_match('/^0?o?[0-7]{3,4}$/D', $mode) ? octdec(ltrim($mode, '0o')) : $mode)
                ->end()
                ->validate()
                    ->ifTrue(static fn (mixed $mode) => null !== $mode && (!\is_int($mode) || $mode < 0 || $mode > 07777))
                    ->thenInvalid('A file permission is an octal number such as "0640", %s given.')
                ->end()
            ->end();
    }

    private function redact(): ArrayNodeDefinition
    {
        $node = (new TreeBuilder('redact'))->getRootNode();
        $node->info('Words in keys of context and extra whose values are masked, beside the default ones; "!word" takes a default one away.')
            ->example(['passport', '!token'])
            ->scalarPrototype()->end()
            ->validate()
                ->always(static function (array $words): array {
                    new Redactor($words);

                    return $words;
                })
            ->end();

        return $node;
    }

    private function redactPatterns(): ArrayNodeDefinition
    {
        $node = (new TreeBuilder('redact_patterns'))->getRootNode();
        $node->info('Regular expressions: what they match in messages and texts is masked.')
            ->example(['/\b\d{4}(?:[ -]?\d{4}){3}\b/'])
            ->scalarPrototype()->end()
            ->validate()
                ->always(static function (array $patterns): array {
                    new Redactor([], $patterns);

                    return $patterns;
                })
            ->end();

        return $node;
    }
}
