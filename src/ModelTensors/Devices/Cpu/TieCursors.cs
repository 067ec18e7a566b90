using ModelTensors.Kernels;

namespace ModelTensors.Devices.Cpu;

/// <summary>One worker's places among the ties of each selection; it goes through a segment in order.</summary>
internal sealed class TieCursors(IReadOnlyList<TaskVector> vectors)
{
    private readonly TieCursor[] _cursors = new TieCursor[vectors.Count];
    private int _segment = -1;

    public ref TieCursor At(int vector, int segment)
    {
        if (segment != _segment)
        {
            _segment = segment;
            for (int i = 0; i < _cursors.Length; i++)
            {
                _cursors[i] = vectors[i].Sparsifier is KeepSelectedSparsifier { Selection: var selection } ? selection.CursorAt(segment) : TieCursor.None;
            }
        }

        return ref _cursors[vector];
    }
}
