using ModelRuntime.Decoders;

namespace LoraFederation.Runtime;

/// <summary>Models that are kept between clients, each with what was merged into it. Safe to use from several threads.</summary>
/// <param name="capacity">How many models are kept that nobody uses; those that were used last.</param>
internal sealed class ModelPool(int capacity) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, DecoderModel Model)> _idle = new();
    private bool _isDisposed;

    /// <summary>Takes a model that is kept, or null where there is none of that key.</summary>
    public DecoderModel? Take(string key)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            for (LinkedListNode<(string Key, DecoderModel Model)>? node = _idle.First; node is not null; node = node.Next)
            {
                if (string.Equals(node.Value.Key, key, StringComparison.Ordinal))
                {
                    _idle.Remove(node);
                    return node.Value.Model;
                }
            }

            return null;
        }
    }

    /// <summary>Keeps a model as it was when it was loaded; disposes the one that was unused for longest where there are too many.</summary>
    public void Return(string key, DecoderModel model)
    {
        DecoderModel? surplus;
        lock (_lock)
        {
            if (_isDisposed || capacity == 0)
            {
                surplus = model;
            }
            else
            {
                _idle.AddFirst((key, model));
                surplus = _idle.Count > capacity ? _idle.Last!.Value.Model : null;
                if (surplus is not null)
                {
                    _idle.RemoveLast();
                }
            }
        }

        surplus?.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach ((_, DecoderModel model) in _idle)
            {
                model.Dispose();
            }

            _idle.Clear();
        }
    }
}
