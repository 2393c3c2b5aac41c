using System.Numerics;
using System.Runtime.CompilerServices;

namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>Some of at most <see cref="Capacity"/> lines.</summary>
public struct LineSet
{
    /// <summary>The most lines.</summary>
    public const int Capacity = 256;

    private const int Word = 64;
    private Words _words;

    /// <summary>Whether there is none.</summary>
    public readonly bool IsEmpty => (_words[0] | _words[1] | _words[2] | _words[3]) == 0;

    /// <summary>The first lines.</summary>
    public static LineSet First(int count)
    {
        var set = default(LineSet);
        for (var word = 0; count > 0; word++, count -= Word)
            set._words[word] = count >= Word ? ulong.MaxValue : (1UL << count) - 1;
        return set;
    }

    /// <summary>Adds a line.</summary>
    public void Add(int line) => _words[line / Word] |= 1UL << (line % Word);

    /// <summary>Takes a line out.</summary>
    public void Remove(int line) => _words[line / Word] &= ~(1UL << (line % Word));

    /// <summary>Whether a line is among them.</summary>
    public readonly bool Contains(int line) => (_words[line / Word] & (1UL << (line % Word))) != 0;

    /// <summary>The lines in order.</summary>
    public readonly Enumerator GetEnumerator() => new(this);

    /// <summary>Goes through the lines.</summary>
    public struct Enumerator(LineSet set)
    {
        private int _word;
        private ulong _rest = set._words[0];

        /// <summary>The line.</summary>
        public int Current { get; private set; }

        /// <summary>Goes to the next.</summary>
        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (++_word == Capacity / Word)
                    return false;
                _rest = set._words[_word];
            }

            Current = (_word * Word) + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }

    [InlineArray(Capacity / Word)]
    private struct Words
    {
        private ulong _first;
    }
}
