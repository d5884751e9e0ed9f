import { describe } from 'vitest';
import { describeDrivers } from '../cli/check-drivers.ts';

describe('i386', () => describeDrivers('i386'));
